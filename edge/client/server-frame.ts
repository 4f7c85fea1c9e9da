import * as v from "valibot";
import { ServerMessage } from "../protocol/realtime.ts";

export type ServerMessageOf<T extends ServerMessage["type"]> = Extract<ServerMessage, { type: T }>;
/** What is said in a session: an event of its log, or a total, which has no seq. */
export type SessionMessage = Extract<ServerMessage, { sessionId: string; data: unknown }>;
/** An event of a session's log, of a type this program knows. */
export type SessionEvent = Extract<SessionMessage, { seq: number }>;
/** What is said to everyone in an event. */
export type EventMessage = Extract<ServerMessage, { eventId: string }>;

/** One element of a frame. `newer` is a log event we are too old to know: it still moves the resume point. */
export type FrameElement =
  | { kind: "message"; message: ServerMessage }
  | { kind: "newer"; sessionId: string; seq: number };

const LogPosition = v.object({ sessionId: v.string(), seq: v.pipe(v.number(), v.safeInteger()) });

/** A server frame as its elements. What is not understood is left out: one bad element costs only itself. */
export function parseServerFrame(text: unknown): FrameElement[] {
  if (typeof text !== "string") return [];
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(frame)) return [];
  return frame.flatMap((part: unknown): FrameElement[] => {
    const known = v.safeParse(ServerMessage, part);
    if (known.success) return [{ kind: "message", message: known.output }];
    const numbered = v.safeParse(LogPosition, part);
    return numbered.success ? [{ kind: "newer", ...numbered.output }] : [];
  });
}

export function isLogEvent(message: SessionMessage): message is SessionEvent {
  return "seq" in message;
}
