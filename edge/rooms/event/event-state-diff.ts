import type { EventState } from "../../protocol/realtime.ts";

export interface RoomMessage {
  type: string;
  data: unknown;
}

/** What someone who knows `before` must hear to know `after`. */
export function eventStateDiff(before: EventState, after: EventState): RoomMessage[] {
  const known = new Map(before.streams.map((stream) => [stream.streamId, JSON.stringify(stream)]));
  const messages: RoomMessage[] = [];
  if (JSON.stringify(before.event) !== JSON.stringify(after.event)) {
    messages.push({ type: "event:updated", data: after.event });
  }
  for (const stream of after.streams) {
    if (known.get(stream.streamId) !== JSON.stringify(stream)) {
      messages.push({ type: "stream:status", data: stream });
    }
  }
  return messages;
}
