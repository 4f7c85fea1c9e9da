import { expect, it } from "vitest";
import { relayBackoffMs } from "./relay-backoff.ts";

it("waits a second or two at first, twice as long each time, and never more than a minute", () => {
  const longest = Array.from({ length: 8 }, (_, index) => relayBackoffMs(index + 1, 1));
  expect(longest).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  expect(relayBackoffMs(1, 0)).toBe(1000);
  expect(relayBackoffMs(5000, 0)).toBe(30_000);
});

it("spreads those that failed together over half of their wait", () => {
  expect(relayBackoffMs(3, 0.25)).toBe(5000);
  expect(relayBackoffMs(3, 0.75)).toBe(7000);
});
