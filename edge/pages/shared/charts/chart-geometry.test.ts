import { expect, test } from "vitest";
import { chartBars, chartLines, nearestPoint } from "./chart-geometry.ts";

const frame = { width: 100, height: 50, from: 0, to: 100_000, leastTop: 1 };
const every10s = (count: number, value: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ at: from + index * 10_000, value }));

test("a steady value is one line under a round top", () => {
  const { top, lines, areas } = chartLines(every10s(3, 4500), frame);
  expect(top).toBe(5000);
  expect(lines).toEqual(["M0 5L10 5L20 5"]);
  expect(areas).toEqual(["M0 5L10 5L20 5L20 50L0 50Z"]);
});

test("where nothing was measured for a while, the line is broken", () => {
  const points = [...every10s(2, 1), ...every10s(1, 1, 80_000)];
  expect(chartLines(points, frame).lines).toEqual(["M0 0L10 0", "M80 0l0.01 0"]);
});

test("in a long span samples are far apart, and that is no gap", () => {
  const points = [0, 5, 10, 15].map((minutes) => ({ at: minutes * 60_000, value: 2 }));
  expect(chartLines(points, { ...frame, to: 900_000 }).lines).toHaveLength(1);
});

test("what lies outside the span is not drawn, and nothing is no line", () => {
  expect(chartLines(every10s(1, 7, 200_000), frame)).toEqual({ top: 1, lines: [], areas: [] });
});

test("the sample closest to the pointer is read", () => {
  expect(nearestPoint(every10s(5, 1), 26_000)).toEqual({ at: 30_000, value: 1 });
  expect(nearestPoint([], 5)).toBeNull();
});

test("bars stand on the ground, as wide as their time, within the frame; nothing is no bar", () => {
  const points = [
    { at: 5_000, value: 2 },
    { at: 15_000, value: 0 },
    { at: 95_000, value: 1 },
  ];
  const { top, lines, areas } = chartBars(points, 10_000, frame);
  expect({ top, lines }).toEqual({ top: 2, lines: [] });
  expect(areas).toEqual(["M0 50V0H10V50ZM90 50V25H100V50Z"]);
  expect(chartBars([], 10_000, frame).areas).toEqual([]);
});
