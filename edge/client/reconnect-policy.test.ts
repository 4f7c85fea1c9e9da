import { expect, test } from "vitest";
import { endReason, returnDelayMs } from "./reconnect-policy.ts";

test("ended credentials and a ban end the connection, a restart or a lost one does not", () => {
  expect([4401, 4403, 1012, 1006, 4429, 1000].map(endReason)).toEqual([
    "credentials-ended",
    "banned",
    null,
    null,
    null,
    null,
  ]);
});

test("after a restart clients come back spread over seconds", () => {
  expect(returnDelayMs(1012, 0)).toBe(200);
  expect(returnDelayMs(1012, 1)).toBe(3000);
});

test("the more have been here, the wider they are spread", () => {
  expect([10, 5_000, 50_000].map((crowd) => returnDelayMs(1012, 1, crowd))).toEqual([3_000, 10_200, 15_200]);
  expect([10, 5_000, 50_000].map((crowd) => returnDelayMs(1006, 1, crowd))).toEqual([1_000, 5_000, 15_000]);
  expect(returnDelayMs(1006, 0, 5_000)).toBe(0);
});

test("the first attempt does not wait", () => {
  expect(returnDelayMs(null, 1)).toBe(0);
});
