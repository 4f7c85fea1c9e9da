import type { TimelineRun } from "../watch/playback-engine.ts";

/** From positions in a recording to the instants at which they were broadcast, and back. Pure. */
export interface ReplayClock {
  /** Milliseconds since the epoch. */
  instantAt(positionSeconds: number): number;
  /** Seconds. What happened while the encoder was away lies where it came back. */
  positionOf(instant: number): number;
}

/** Without runs, as browsers with players of their own have it, time went on as the picture does. */
export function replayClock(runs: readonly TimelineRun[], startedAt: number): ReplayClock {
  const known = runs.length > 0 ? runs : [{ position: 0, durationSeconds: Number.MAX_VALUE, at: startedAt }];
  const runAt = (isBehind: (run: TimelineRun) => boolean): TimelineRun =>
    known.findLast((run) => !isBehind(run)) ?? known[0]!;
  return {
    instantAt: (positionSeconds) => {
      const run = runAt(({ position }) => position > positionSeconds);
      return run.at + (positionSeconds - run.position) * 1000;
    },
    positionOf: (instant) => {
      const run = runAt(({ at }) => at > instant);
      const into = (instant - run.at) / 1000;
      return Math.max(0, run.position + Math.min(into, run.durationSeconds));
    },
  };
}
