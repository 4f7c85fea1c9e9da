/** Tells the edge of recordings: of what changes soon, of all of them about once a minute. */
import type { Log } from "../../edge/protocol/log.ts";
import { type EdgeClient, edgeTrouble } from "../edge-client/edge-client.ts";
import { backoffSeconds, isWorthALine, pause } from "../edge-client/repeat.ts";
import type { Recording } from "./recording.ts";
import type { Recordings } from "./recordings.ts";

const lookSeconds = 2;
/** The edge says who may watch only when it is told of a recording. */
const allEverySeconds = 60;
const atOnce = 100;

export async function runRecordingReports(
  edge: EdgeClient,
  recordings: Recordings,
  log: Log,
  cancel: AbortSignal,
): Promise<void> {
  let failures = 0;
  let allAtMs = Number.NEGATIVE_INFINITY;
  while (!cancel.aborted) {
    const isTimeForAll = performance.now() - allAtMs > allEverySeconds * 1000;
    const told = recordings.all.filter(({ isNews }) => isNews || isTimeForAll);
    try {
      for (let from = 0; from < Math.max(told.length, recordings.expired.length > 0 ? 1 : 0); from += atOnce)
        await tell(edge, recordings, told.slice(from, from + atOnce));
      if (isTimeForAll) allAtMs = performance.now();
      failures = 0;
      await pause(lookSeconds, cancel);
    } catch (error) {
      for (const recording of told) recording.unheard();
      failures++;
      if (isWorthALine(failures)) log.warn("recordings.unheard", { failures, error: edgeTrouble(error) });
      await pause(backoffSeconds(failures, 1, 30), cancel);
    }
  }
}

async function tell(edge: EdgeClient, recordings: Recordings, told: readonly Recording[]): Promise<void> {
  const reports = (await Promise.all(told.map((recording) => recording.report()))).filter(
    (report) => report !== null,
  );
  const expired = recordings.expired.slice(0, 1000);
  if (reports.length === 0 && expired.length === 0) return;
  const { deleted, access } = await edge.recordings(reports, expired);
  recordings.expiredHeard(expired);
  for (const id of deleted) await recordings.delete(id);
  for (const each of access) await recordings.all.find(({ id }) => id === each.recordingId)?.admit(each);
}
