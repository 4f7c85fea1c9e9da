import { describe, expect, it } from "vitest";
import { isDue, pauseSeconds } from "./thumbnail-turn.ts";

describe("pictures of live streams", () => {
  it("are made when they are five seconds old, and at once of a stream that has none", () => {
    expect(isDue(10_000, 14_999)).toBe(false);
    expect(isDue(10_000, 15_000)).toBe(true);
    expect(isDue(Number.NEGATIVE_INFINITY, 0)).toBe(true);
  });

  it("take a fifth of a processor's time at most, however slow the machine is", () => {
    for (const tookMs of [150, 1000, 8000]) {
      const seconds = pauseSeconds(tookMs);
      expect(tookMs / (tookMs + seconds * 1000)).toBeLessThanOrEqual(0.2 + Number.EPSILON);
    }
    expect(pauseSeconds(1)).toBe(0.5);
  });
});
