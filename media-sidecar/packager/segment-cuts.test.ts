import { describe, expect, it } from "vitest";
import { ForcedCuts, type SegmentPace, SourceCuts, segmentPaces, targetDurationFor } from "./segment-cuts.ts";

const { standard, low } = segmentPaces;

/** The lengths in seconds of the segments that keyframes at these times give. */
function lengths(keyframes: readonly number[], pace: SegmentPace = standard, target: number | null = null) {
  const cuts = new SourceCuts(pace, target);
  const boundaries: number[] = [];
  for (const time of keyframes) {
    cuts.sourceKeyframe(time);
    if (cuts.isBoundary(time)) boundaries.push(time);
  }
  const seconds = boundaries.slice(1).map((time, index) => (time - boundaries[index]!) / 1000);
  return { seconds, target: cuts.targetDuration, cuts };
}

const every = (interval: number, count = 40) =>
  Array.from({ length: count }, (_, index) => Math.round(index * interval));

describe("segment cuts", () => {
  it.each([
    [2000, 2, 2],
    [1000, 2, 2],
    [500, 2, 2],
    [1500, 1.5, 2],
    [2040, 2.04, 2],
    [2500, 2.5, 3],
    [4000, 4, 4],
  ])(
    "with keyframes every %d ms make segments of %d s under a target of %d s",
    (interval, length, target) => {
      const made = lengths(every(interval));
      expect(made.target).toBe(target);
      expect(Math.max(...made.seconds)).toBeCloseTo(length, 5);
    },
  );

  it("make segments of one second in the low-latency mode", () => {
    expect(lengths(every(500), low)).toMatchObject({ target: 1 });
    expect(Math.max(...lengths(every(500), low).seconds)).toBe(1);
  });

  it("never exceed the target duration while keyframes are no further apart than before", () => {
    // A fixed generator: what fails once must fail again.
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 0x7fffffff;
      return seed / 0x7fffffff;
    };
    for (let round = 0; round < 60; round++) {
      const longest = 250 + random() * 3750;
      const times = [0, longest];
      while (times.length < 60) times.push(times.at(-1)! + longest * Math.max(0.05, random()));
      const { seconds, target } = lengths(times.map(Math.round));
      for (const length of seconds)
        expect(Math.round(length), `keyframes up to ${longest} ms apart`).toBeLessThanOrEqual(target!);
    }
  });

  it("keep the target duration of the broadcast in later runs", () => {
    expect(lengths(every(1000), standard, 4)).toMatchObject({ target: 4 });
  });

  it("call a picture late when its segment would break the target duration", () => {
    const before = lengths([0]).cuts;
    expect([before.isLate(4200), before.isLate(4300)]).toEqual([false, true]);
    const after = lengths(every(2000, 4)).cuts;
    expect([after.isLate(6000 + 2490), after.isLate(6000 + 2491)]).toEqual([false, true]);
  });

  it("know a boundary by the instant, and no other keyframe", () => {
    const { cuts } = lengths(every(1000));
    expect([cuts.isBoundary(2003), cuts.isBoundary(1000), cuts.isBoundary(2033)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("choose a target duration between the pace and its longest keyframe interval", () => {
    expect([0.5, 2.2, 2.3, 3.9, 9].map((seconds) => targetDurationFor(seconds, standard))).toEqual([
      2, 2, 3, 4, 4,
    ]);
    expect(targetDurationFor(1.2, low)).toBe(1);
  });
});

describe("the end of a segment is foreseen", () => {
  it("where an encoder forces its next keyframe, on the picture on which FFmpeg does", () => {
    const cuts = new ForcedCuts(segmentPaces.low, null);
    expect(cuts.foresees(10_933, 10_000)).toBe(false);
    expect(cuts.foresees(11_000, 10_000)).toBe(true);
    // At 29.97 frames a second the thirtieth picture is a millisecond late, and the one before it is too early.
    expect([cuts.foresees(967.6, 0), cuts.foresees(1001, 0)]).toEqual([false, true]);
  });
});
