import { expect, it } from "vitest";
import { fragmentSeconds, partFrames, partTargetSeconds } from "./part-length.ts";

it.each([10, 12, 15, 20, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 120])(
  "parts at %d frames a second keep to PART-TARGET (RFC 8216bis §4.4.4.9)",
  (frameRate) => {
    const seconds = partFrames(frameRate) / frameRate;
    expect(seconds).toBeLessThanOrEqual(partTargetSeconds);
    expect(seconds).toBeGreaterThanOrEqual(0.85 * partTargetSeconds);
  },
);

it("a fragment is ended by the frame behind a part, even if that comes some milliseconds early, and by none before", () => {
  for (const frameRate of [15, 24, 25, 30, 60]) {
    const frames = partFrames(frameRate);
    expect(fragmentSeconds(frameRate)).toBeLessThan(frames / frameRate - 0.004);
    expect(fragmentSeconds(frameRate)).toBeGreaterThan((frames - 0.5) / frameRate);
  }
});

it("sound alone, rates that nobody knows, and slide shows get parts too", () => {
  expect(fragmentSeconds(null)).toBe(fragmentSeconds(30));
  expect(partFrames(1)).toBe(1);
});
