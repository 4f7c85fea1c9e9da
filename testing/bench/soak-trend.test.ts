import { expect, test } from "vitest";
import { quantile, trendOf } from "./soak-trend.ts";

test("what goes up and down around one value is flat, and what sinks as well", () => {
  expect(trendOf([5, 90, 100, 101, 99, 100, 101, 100], 0.1).isFlat).toBe(true);
  expect(trendOf([100, 100, 100, 90, 80, 70, 60, 50], 0.1).isFlat).toBe(true);
});

test("what grows by a line is not flat, and by how much is told", () => {
  const { growth, isFlat } = trendOf([0, 0, 90, 95, 100, 105, 110, 0].slice(0, 7).concat(115), 0.1);
  expect(isFlat).toBe(false);
  expect(growth).toBeCloseTo(25 / 102.5, 5);
});

test("warming up does not count", () => {
  expect(trendOf([10, 50, 100, 100, 100, 100, 100, 100], 0.1)).toEqual({ growth: 0, isFlat: true });
});

test("a quantile is one of the values", () => {
  expect([quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.95), quantile([], 0.5)]).toEqual([3, 4, 0]);
});
