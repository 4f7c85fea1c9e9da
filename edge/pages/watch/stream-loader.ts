import type * as v from "valibot";
import { Event as EventSchema, Session as SessionSchema } from "../../protocol/events.ts";
import { Playback, Stream } from "../../protocol/streams.ts";
import { ApiError, fetchFromApi } from "../shared/api-client.ts";

export type SessionFacts = v.InferOutput<typeof SessionSchema>;
export type EventFacts = v.InferOutput<typeof EventSchema>;

/** The id in `/watch/<stream id>`. */
export function streamIdOf(path: string): string {
  const part = path.split("/").filter(Boolean)[1] ?? "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Throws ApiError, as all here. */
export function loadStream(streamId: string): Promise<Stream> {
  return fetchFromApi(`/api/streams/${encodeURIComponent(streamId)}`, Stream);
}

export function loadPlayback(streamId: string): Promise<Playback> {
  return fetchFromApi(`/api/streams/${encodeURIComponent(streamId)}/playback`, Playback);
}

/** The session and event a stream belongs to; null where there is none, or none for our eyes. */
export async function loadSurroundings(
  stream: Stream,
): Promise<{ session: SessionFacts; event: EventFacts } | null> {
  if (stream.sessionId === null) return null;
  try {
    const session = await fetchFromApi(`/api/sessions/${stream.sessionId}`, SessionSchema);
    const event = await fetchFromApi(`/api/events/${session.eventId}`, EventSchema);
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
