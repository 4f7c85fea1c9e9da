import { expect, test } from "vitest";
import { retentionCurve, retentionSlices } from "./retention-curve.ts";

const slices = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => 1 << (from + index)).reduce((all, bit) => all | bit, 0);

test("where nobody came in the first tenth there is no curve", () => {
  expect(retentionCurve([])).toEqual([]);
  expect(retentionCurve([{ slices: slices(2, 19), viewers: 5 }])).toEqual([]);
});

test("it has the share of those of the first tenth who are there in each twentieth", () => {
  const curve = retentionCurve([
    { slices: slices(0, 19), viewers: 5 },
    // Came in the second twentieth, went at half.
    { slices: slices(1, 9), viewers: 3 },
    // Away in the middle.
    { slices: slices(0, 0) | slices(15, 19), viewers: 2 },
    { slices: slices(2, 19), viewers: 100 },
    { slices: 0, viewers: 7 },
  ]);
  expect(curve).toHaveLength(retentionSlices);
  expect(curve.map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, index) => index / 20));
  expect(curve.map(({ share }) => share)).toEqual([
    0.7,
    ...Array.from({ length: 9 }, () => 0.8),
    ...Array.from({ length: 5 }, () => 0.5),
    ...Array.from({ length: 5 }, () => 0.7),
  ]);
});
