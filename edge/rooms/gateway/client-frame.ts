import * as v from "valibot";
import { type ProblemBody, problemBody, problemErrors } from "../../protocol/problem.ts";
import { ClientFrame, Ref, realtimeLimits } from "../../protocol/realtime.ts";

export type ClientCommand = Exclude<ClientFrame, { type: "ping" }>;

/**
 * What a client's frame is. `malformed`: not a frame at all, the socket is closed with 4400. `refused`: a frame that
 * cannot be carried out, answered with an error under its ref (null when it has none that can be repeated).
 */
export type ReadFrame =
  | { kind: "ping"; frames?: number | undefined }
  | { kind: "command"; command: ClientCommand }
  | { kind: "refused"; ref: string | null; problem: ProblemBody }
  | { kind: "malformed"; reason: string };

const knownTypes = new Set<string>(ClientFrame.options.map((option) => option.entries.type.literal));

export function readClientFrame(message: unknown): ReadFrame {
  if (typeof message !== "string") return malformed("frames are text");
  if (isLongerThan(message, realtimeLimits.frameBytes)) return malformed("the frame is larger than 16 KiB");
  let json: unknown;
  try {
    json = JSON.parse(message);
  } catch {
    return malformed("the frame is not JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return malformed("the frame is not a JSON object");
  }
  return readObject(json as Record<string, unknown>);
}

function readObject(json: Record<string, unknown>): ReadFrame {
  const ref = v.is(Ref, json.ref) ? json.ref : null;
  if (typeof json.type !== "string" || !knownTypes.has(json.type)) {
    return refused(ref, [{ pointer: "/type", detail: "is not a type of frame" }]);
  }
  const frame = v.safeParse(ClientFrame, json);
  if (!frame.success) return refused(ref, problemErrors(frame.issues));
  if (frame.output.type !== "ping") return { kind: "command", command: frame.output };
  const { frames } = frame.output;
  return frames === undefined ? { kind: "ping" } : { kind: "ping", frames };
}

function refused(ref: string | null, errors: { pointer: string; detail: string }[]): ReadFrame {
  return { kind: "refused", ref, problem: problemBody("invalid", { errors }) };
}

function malformed(reason: string): ReadFrame {
  return { kind: "malformed", reason };
}

/** In UTF-8 bytes; a UTF-16 unit is at most three. */
function isLongerThan(text: string, bytes: number): boolean {
  if (text.length * 3 <= bytes) return false;
  return text.length > bytes || new TextEncoder().encode(text).length > bytes;
}
