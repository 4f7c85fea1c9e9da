import { expect, test } from "vitest";
import { ViewerTally } from "./viewer-tally.ts";

test("the count is the sum of the gateways, and the peak stays", () => {
  const tally = new ViewerTally();
  expect(tally.set("a", 2)).toBe(true);
  expect(tally.set("b", 3)).toBe(true);
  expect(tally.set("b", 3)).toBe(false);
  expect([tally.count, tally.peak]).toEqual([5, 5]);
  expect(tally.remove("b")).toBe(true);
  expect(tally.remove("b")).toBe(false);
  expect([tally.count, tally.peak]).toEqual([2, 5]);
});

test("people who move between gateways do not raise the peak above what was there at once", () => {
  const tally = new ViewerTally();
  tally.set("a", 2);
  tally.set("a", 0);
  tally.set("b", 2);
  expect(tally.peak).toBe(2);
});

test("a peak that others remember is kept, and a lower one is no news", () => {
  const tally = new ViewerTally();
  tally.set("a", 2);
  expect([tally.raisePeak(7), tally.raisePeak(5), tally.peak]).toEqual([true, false, 7]);
  tally.set("a", 9);
  expect(tally.peak).toBe(9);
});
