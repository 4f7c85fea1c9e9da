import { describe, expect, it } from "vitest";
import { fragmentSeconds, PartDurations, partFrames, partTargetSeconds } from "./part-length.ts";

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

describe("parts of a segment", () => {
  const told = (...endsMs: number[]) => {
    const durations = new PartDurations(1000);
    return endsMs.map((endMs) => durations.next(endMs));
  };

  it("take what they last", () => {
    expect(told(1333, 1667, 2000)).toEqual([333, 334, 333]);
  });

  it("are never said to be longer than PART-TARGET, and add up to the segment where a picture is missing", () => {
    expect(told(1400, 1733, 2000)).toEqual([350, 350, 300]);
    expect(told(1534, 1601)).toEqual([350, 251]);
  });

  it("of a slide show are as long as they may be", () => {
    expect(told(2000)).toEqual([350]);
  });
});
