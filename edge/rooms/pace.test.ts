import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";
import { Pace } from "./pace.ts";

test("a change is said after it was gathered, and once", () => {
  const pace = new Pace({ gatherMs: 500, gapMs: 2000 });
  expect(pace.take(0)).toBe(false);
  pace.changed(1000);
  pace.changed(1400);
  expect(pace.take(1499)).toBe(false);
  expect(pace.take(1500)).toBe(true);
  expect(pace.take(1501)).toBe(false);
});

test("two sayings are never closer than the gap, and never later than it plus the gathering", () => {
  const pace = new Pace({ gatherMs: 500, gapMs: 2000 });
  pace.changed(0);
  expect(pace.take(500)).toBe(true);
  pace.changed(600);
  expect(pace.take(2499)).toBe(false);
  expect(pace.take(2500)).toBe(true);
});

test("what must be refreshed is said again without a change", () => {
  const pace = new Pace({ gatherMs: 0, gapMs: 1000, repeatMs: 15_000 });
  expect(pace.take(0)).toBe(false);
  pace.changed(0);
  expect(pace.take(0)).toBe(true);
  expect(pace.take(14_999)).toBe(false);
  expect(pace.take(15_000)).toBe(true);
});

test("pauses double up to their limit, with some chance in them", () => {
  expect([0, 1, 2, 9].map((attempt) => backoffMs(attempt, 100, 1000, () => 1))).toEqual([
    100, 200, 400, 1000,
  ]);
  expect(backoffMs(0, 100, 1000, () => 0)).toBe(50);
});
