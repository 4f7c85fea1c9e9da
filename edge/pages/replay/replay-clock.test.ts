import { expect, test } from "vitest";
import { replayClock } from "./replay-clock.ts";

const start = Date.parse("2027-01-01T12:00:00Z");
const runs = [
  { position: 0, durationSeconds: 60, at: start },
  { position: 60, durationSeconds: 40, at: start + 90_000 },
];

test("positions and instants lead to each other, before and after the encoder was away", () => {
  const clock = replayClock(runs, start);
  for (const position of [0, 30, 59.5, 60, 75, 99]) {
    expect(clock.positionOf(clock.instantAt(position))).toBeCloseTo(position, 6);
  }
  expect(clock.instantAt(75) - start).toBe(105_000);
});

test("what was said while the encoder was away stands where it came back", () => {
  expect(replayClock(runs, start).positionOf(start + 80_000)).toBe(60);
});

test("what was said before the first picture stands at the beginning", () => {
  expect(replayClock(runs, start).positionOf(start - 5_000)).toBe(0);
});

test("without a timeline the picture's time is the clock's", () => {
  const clock = replayClock([], start);
  expect(clock.instantAt(42)).toBe(start + 42_000);
  expect(clock.positionOf(start + 42_000)).toBe(42);
});
