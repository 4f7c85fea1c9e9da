import type { TimelineRun } from "./playback-engine.ts";

/** What hls.js knows of a segment. */
export interface TimedFragment {
  start: number;
  duration: number;
  programDateTime: number | null;
}

/** Clocks are written in milliseconds, and each segment's end is rounded anew. */
const toleranceMs = 250;

/** Puts neighbouring segments together whose instants go on as their positions do. Pure. */
export function timelineRuns(fragments: readonly TimedFragment[]): TimelineRun[] {
  const runs: TimelineRun[] = [];
  for (const { start, duration, programDateTime: at } of fragments) {
    if (at === null) continue;
    const last = runs.at(-1);
    const expected = last ? last.at + (start - last.position) * 1000 : Number.NaN;
    if (last && Math.abs(at - expected) < toleranceMs)
      last.durationSeconds = start + duration - last.position;
    else runs.push({ position: start, durationSeconds: duration, at });
  }
  return runs;
}
