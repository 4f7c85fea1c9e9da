import { expect, test } from "vitest";
import { timeTicks, valueTicks } from "./chart-axis.ts";

const minute = 60_000;
const at = (words: string) => Date.parse(words);
const words = (value: number) => String(value);

test("times are round ones of the local clock, never more than fit", () => {
  for (const [minutes, most] of [
    [1, 8],
    [7, 8],
    [95, 8],
    [60 * 5, 6],
    [60 * 30, 8],
    [60 * 24 * 20, 8],
  ] as const) {
    const from = at("2026-03-05T09:17:23Z");
    const to = from + minutes * minute;
    const ticks = timeTicks(from, to, most);
    expect(ticks.length, `${minutes} minutes`).toBeLessThanOrEqual(most + 1);
    for (const tick of ticks) {
      expect(tick.at).toBeGreaterThanOrEqual(from);
      expect(tick.at).toBeLessThanOrEqual(to);
      expect(new Date(tick.at).getSeconds()).toBe(0);
    }
  }
});

test("an event of two hours has a time every quarter or half of an hour", () => {
  const from = new Date(2026, 2, 5, 9, 0).getTime();
  const ticks = timeTicks(from, from + 120 * minute, 8);
  expect(ticks.map((tick) => (tick.at - from) / minute)).toEqual([0, 15, 30, 45, 60, 75, 90, 105, 120]);
});

test("days are named by their date", () => {
  const from = new Date(2026, 2, 5, 9, 0).getTime();
  const [first] = timeTicks(from, from + 5 * 24 * 60 * minute, 8);
  expect(first?.words).toMatch(/6/);
  expect(new Date(first!.at).getHours()).toBe(0);
});

test("amounts rise in equal round steps from nothing to the top", () => {
  expect(valueTicks(5, words).map((tick) => tick.at)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(valueTicks(800, words).map((tick) => tick.at)).toEqual([0, 200, 400, 600, 800]);
  expect(valueTicks(3000, words).map((tick) => tick.at)).toEqual([0, 1000, 2000, 3000]);
  expect(valueTicks(1, words).map((tick) => tick.words)).toEqual(["0", "0.5", "1"]);
});
