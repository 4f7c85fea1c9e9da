import { expect, test } from "vitest";
import { secondsToBeginning } from "./run-beginning.ts";

test("a run begins at once where no minute ends beside a kill, and else as soon as that is so", () => {
  expect(secondsToBeginning(6_000, [20, 30])).toBe(0);
  // The minute would end with the kill.
  expect(secondsToBeginning(6_030, [30])).toBe(4);
  expect(secondsToBeginning(6_036, [16])).toBe(12);
});

test("kills all around the minute leave nothing to wait for: it begins all the same", () => {
  expect(secondsToBeginning(6_000, [0, 10, 20, 30, 40, 50])).toBe(60);
});
