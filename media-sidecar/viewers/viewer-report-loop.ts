import type { Log } from "../../edge/protocol/log.ts";
import { type EdgeClient, edgeTrouble } from "../edge-client/edge-client.ts";
import { isWorthALine, pause } from "../edge-client/repeat.ts";
import type { ViewerTally } from "./viewer-tally.ts";

/** A gauge is fresh for 45 s: one report may be lost. */
const everySeconds = 15;

/**
 * Tells the edge every 15 s who fetched playlists, until `cancel` fires. A report that fails is lost: those who still
 * watch are in the next one.
 */
export async function runViewerReports(
  edge: EdgeClient,
  tally: ViewerTally,
  streamIdOf: (playbackId: string) => string | undefined,
  log: Log,
  cancel: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!cancel.aborted) {
    await pause(everySeconds, cancel);
    try {
      for (const report of tally.take(streamIdOf)) await edge.viewers(report);
      failures = 0;
    } catch (error) {
      failures++;
      if (isWorthALine(failures)) log.warn("viewers.failed", { failures, error: edgeTrouble(error) });
    }
  }
}
