import { expect, test } from "vitest";
import { timelineRuns } from "./timeline-runs.ts";

const fragment = (start: number, duration: number, programDateTime: number | null) => ({
  start,
  duration,
  programDateTime,
});

test("segments whose clock goes on are one run, whatever a rounded millisecond says", () => {
  const runs = timelineRuns([fragment(0, 2, 1_000), fragment(2, 2.04, 3_001), fragment(4.04, 1, 5_039)]);
  expect(runs).toEqual([{ position: 0, durationSeconds: 5.04, at: 1_000 }]);
});

test("where the encoder was away, a new run begins", () => {
  const runs = timelineRuns([fragment(0, 2, 1_000), fragment(2, 2, 13_000), fragment(4, 2, 15_000)]);
  expect(runs).toEqual([
    { position: 0, durationSeconds: 2, at: 1_000 },
    { position: 2, durationSeconds: 4, at: 13_000 },
  ]);
});

test("segments without a clock say nothing", () => {
  expect(timelineRuns([fragment(0, 2, null)])).toEqual([]);
});
