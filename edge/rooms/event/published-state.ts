import * as v from "valibot";
import { Event } from "../../protocol/events.ts";
import type { EventState } from "../../protocol/realtime.ts";
import { StreamStatusData } from "../../protocol/streams.ts";
import { eventStateDiff, type RoomMessage } from "./event-state-diff.ts";

/**
 * The state after the API has published `messages`, and those of them that say something new: what a re-read of the
 * state has told already is not said twice. Messages that are not about the state pass as they are.
 */
export function applyPublished(
  state: EventState | null,
  messages: readonly RoomMessage[],
): { state: EventState | null; news: RoomMessage[] } {
  let current = state;
  const news: RoomMessage[] = [];
  for (const message of messages) {
    const next = current === null ? null : stateWith(current, message);
    if (next === null || current === null || eventStateDiff(current, next).length > 0) news.push(message);
    current = next ?? current;
  }
  return { state: current, news };
}

/** Null when the message says nothing about the state. */
function stateWith(state: EventState, message: RoomMessage): EventState | null {
  if (message.type === "event:updated" && v.is(Event, message.data)) {
    return { ...state, event: message.data };
  }
  if (message.type !== "stream:status") return null;
  const stream = v.safeParse(StreamStatusData, message.data);
  if (!stream.success) return null;
  const isOther = (other: StreamStatusData) => other.streamId !== stream.output.streamId;
  const position = state.streams.findIndex((other) => !isOther(other));
  const streams = state.streams.filter(isOther);
  streams.splice(position < 0 ? streams.length : position, 0, stream.output);
  return { ...state, streams };
}
