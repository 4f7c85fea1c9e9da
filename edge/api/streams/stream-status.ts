import type { StreamStatus } from "../../protocol/streams.ts";

/** A node has something to do for a stream in these states. */
export function isRunning(status: StreamStatus): boolean {
  return status === "starting" || status === "live" || status === "reconnecting";
}
