import type * as v from "valibot";
import { Event as EventSchema, Session as SessionSchema } from "../../protocol/events.ts";
import { RealtimeTicket } from "../../protocol/realtime.ts";
import { Playback, Stream } from "../../protocol/streams.ts";
import { ApiError, parsedBodyOf, rostrum } from "../shared/api-client.ts";

export type SessionFacts = v.InferOutput<typeof SessionSchema>;
export type EventFacts = v.InferOutput<typeof EventSchema>;

/** The id in `/watch/<stream id>` and paths like it; empty where there is none. */
export function idInPath(path: string): string {
  const part = path.split("/").filter(Boolean)[1] ?? "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Throws ApiError, as all here. */
export function loadStream(streamId: string): Promise<Stream> {
  return parsedBodyOf(
    rostrum.api.streams[":id"].$get({ param: { id: encodeURIComponent(streamId) } }),
    Stream,
  );
}

/** An earlier beat token, which says who an anonymous viewer was. */
interface ViewerQuery {
  viewer?: string;
}

export function loadPlayback(streamId: string, query: ViewerQuery = {}): Promise<Playback> {
  const param = { id: encodeURIComponent(streamId) };
  return parsedBodyOf(rostrum.api.streams[":id"].playback.$get({ param, query }), Playback);
}

export function loadTicket(query: ViewerQuery): Promise<RealtimeTicket> {
  return parsedBodyOf(rostrum.api.realtime.ticket.$post({ query }), RealtimeTicket);
}

/** The session and event a stream belongs to; null where there is none, or none for our eyes. */
export async function loadSurroundings(
  stream: Stream,
): Promise<{ session: SessionFacts; event: EventFacts } | null> {
  if (stream.sessionId === null) return null;
  try {
    const { sessions, events } = rostrum.api;
    const session = await parsedBodyOf(
      sessions[":id"].$get({ param: { id: stream.sessionId } }),
      SessionSchema,
    );
    const event = await parsedBodyOf(events[":id"].$get({ param: { id: session.eventId } }), EventSchema);
    return { session, event };
  } catch (error) {
    if (error instanceof ApiError && error.problem.status < 500) return null;
    throw error;
  }
}

/** Whether waiting and asking again may help. */
export function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.problem.status >= 500 || error.problem.status === 429);
}
