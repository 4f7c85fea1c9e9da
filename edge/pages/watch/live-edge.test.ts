import { expect, test } from "vitest";
import { describeLatency, isAtEnd, isBehind, secondsBehind, shouldCatchUp } from "./live-edge.ts";

test("nobody is behind while the live position is not known, or when ahead of it", () => {
  expect(secondsBehind(10, null)).toBe(0);
  expect(secondsBehind(10, 9)).toBe(0);
  expect(secondsBehind(10, 14)).toBe(4);
});

test("a segment more or less is not being behind", () => {
  expect([isBehind(4, "standard"), isBehind(6, "standard"), isBehind(4, "low")]).toEqual([false, true, true]);
});

test("who fell behind is taken to live, who looks back or pauses is left in peace", () => {
  expect(shouldCatchUp(30, false, true)).toBe(true);
  expect(shouldCatchUp(30, true, true)).toBe(false);
  expect(shouldCatchUp(30, false, false)).toBe(false);
});

test("a recording is over half a second before its end, and never while nobody knows where that is", () => {
  expect([isAtEnd(59.4, 60), isAtEnd(59.8, 60), isAtEnd(60.1, 60), isAtEnd(60, null)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test("the latency is a hint, and silent when it makes no sense", () => {
  expect(describeLatency(6.4)).toBe("6 s delay");
  expect([null, Number.NaN, -3, 5_000].map(describeLatency)).toEqual(["", "", "", ""]);
});
