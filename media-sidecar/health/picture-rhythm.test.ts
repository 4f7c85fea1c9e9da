import { describe, expect, it } from "vitest";
import { pictureRhythm } from "./picture-rhythm.ts";

/** Times as FLV has them: whole milliseconds of an even beat. `kept` says which frames are sent. */
function intervals(
  frameRate: number,
  frames: number,
  kept: (frame: number) => boolean = () => true,
): number[] {
  const times = Array.from({ length: frames }, (_, frame) => frame)
    .filter(kept)
    .map((frame) => Math.round((frame * 1000) / frameRate));
  return times.slice(1).map((time, index) => time - times[index]!);
}

describe("the rhythm of pictures", () => {
  it.each([14.985, 15, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 120])(
    "is even at %d frames a second, for all that milliseconds are rounded",
    (frameRate) => {
      for (const announced of [frameRate, null])
        expect(pictureRhythm(intervals(frameRate, 600), announced)).toEqual({ missing: 0, unevenShare: 0 });
    },
  );

  it("counts what was left out, single frames and long stretches", () => {
    const one = intervals(30, 300, (frame) => frame % 25 !== 7);
    expect(pictureRhythm(one, 30)).toEqual({ missing: 12, unevenShare: 0 });
    expect(pictureRhythm(one, null)).toEqual({ missing: 12, unevenShare: 0 });
    const stretch = intervals(60, 600, (frame) => frame < 100 || frame > 250);
    expect(pictureRhythm(stretch, 60).missing).toBe(151);
  });

  it("takes the rate that comes for the one that is meant, where every interval says so", () => {
    expect(pictureRhythm(intervals(30, 300), 60)).toEqual({ missing: 0, unevenShare: 0 });
    expect(pictureRhythm(intervals(50, 500), 25)).toEqual({ missing: 0, unevenShare: 0 });
  });

  it("is uneven where frames come whenever they like", () => {
    const screen = [12, 48, 33, 51, 17, 90, 33, 22, 61, 33, 12, 44];
    expect(pictureRhythm(screen, 30).unevenShare).toBeGreaterThan(0.5);
  });

  it("says nothing of nothing", () => {
    expect(pictureRhythm([], 30)).toEqual({ missing: 0, unevenShare: 0 });
  });
});
