import { expect, test } from "vitest";
import { flushDelayMs, tickMs } from "./flush-delay.ts";

test("the tick stretches with the room and stays within its bounds", () => {
  expect([1, 500, 1000, 2500, 5000, 30_000].map(tickMs)).toEqual([50, 50, 100, 250, 500, 500]);
});

test("after a quiet time the first message hardly waits; in a busy room messages share a frame", () => {
  expect(flushDelayMs(10, 0, 10_000)).toBe(4);
  expect(flushDelayMs(10, 10_000, 10_010)).toBe(40);
});
