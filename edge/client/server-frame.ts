import * as v from "valibot";
import { ServerMessage } from "../protocol/realtime.ts";

/** An event of a session's log, of a type this page knows. */
export type SessionEvent = Extract<ServerMessage, { type: "chat:message" }>;

/** One element of a frame. `newer` is a log event this page is too old to know: it still moves the resume point. */
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
