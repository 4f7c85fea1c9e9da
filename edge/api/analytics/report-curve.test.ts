import fc from "fast-check";
import { expect, test } from "vitest";
import { mostPoints, stepOf } from "./report-curve.ts";

test("a day of minutes is shown as minutes, and a longer time in longer steps", () => {
  expect(stepOf({ minutes: 0, hours: 0, bareHours: 0, days: 0 })).toBe(60);
  expect(stepOf({ minutes: 240, hours: 5, bareHours: 0, days: 1 })).toBe(60);
  expect(stepOf({ minutes: 1440, hours: 24, bareHours: 0, days: 1 })).toBe(60);
  expect(stepOf({ minutes: 1441, hours: 25, bareHours: 0, days: 2 })).toBe(120);
  expect(stepOf({ minutes: 3 * 1440, hours: 72, bareHours: 0, days: 3 })).toBe(300);
  // A minute now and then, over half a year.
  expect(stepOf({ minutes: 2000, hours: 2000, bareHours: 0, days: 180 })).toBe(360 * 60);
});

test("an hour whose minutes are gone makes steps of hours", () => {
  expect(stepOf({ minutes: 100, hours: 5, bareHours: 1, days: 1 })).toBe(3600);
  expect(stepOf({ minutes: 0, hours: 2000, bareHours: 2000, days: 84 })).toBe(7200);
});

test("whatever minutes there are, their steps are at most 1,440", () => {
  const starts = fc.array(fc.tuple(fc.nat(60 * 24 * 1000), fc.integer({ min: 1, max: 2000 })), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(starts, (visits) => {
      const minutes = new Set(
        visits.flatMap(([at, length]) => Array.from({ length }, (_, each) => at + each)),
      );
      const countOf = (length: number) => new Set([...minutes].map((at) => Math.floor(at / length))).size;
      const step = stepOf({ minutes: minutes.size, hours: countOf(60), bareHours: 0, days: countOf(1440) });
      expect(countOf(step / 60)).toBeLessThanOrEqual(mostPoints);
    }),
    { numRuns: 50 },
  );
});
