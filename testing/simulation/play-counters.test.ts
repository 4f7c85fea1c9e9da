import { describe, expect, it, test } from "vitest";
import { countersAt, nextBeatAt, playedSpans, playedWithin } from "./play-counters.ts";
import type { VisitScript } from "./viewer-script.ts";

const visit: VisitScript = {
  openAt: 10,
  closeAt: 60,
  saysGoodbye: true,
  spans: [
    { from: 10, to: 20, kind: "playing" },
    { from: 20, to: 22, kind: "stalled" },
    { from: 22, to: 40, kind: "playing" },
    { from: 40, to: 50, kind: "paused" },
    { from: 50, to: 60, kind: "playing" },
  ],
  hidden: [{ from: 25, to: 36 }],
  networkChangesAt: [],
  faultSeed: 1,
};
const pace = { beatSeconds: 2, hiddenBeatSeconds: 8 };

describe("a play's counters", () => {
  it.each([
    [10, { playing: true, playedSeconds: 0, stalls: 0, stallSeconds: 0 }],
    [15, { playing: true, playedSeconds: 5, stalls: 0, stallSeconds: 0 }],
    [21, { playing: false, playedSeconds: 10, stalls: 1, stallSeconds: 1 }],
    [45, { playing: false, playedSeconds: 28, stalls: 1, stallSeconds: 2 }],
    [90, { playing: false, playedSeconds: 38, stalls: 1, stallSeconds: 2 }],
  ])("at %d s are %o", (at, counters) => {
    expect(countersAt(visit, 10, at)).toEqual(counters);
  });

  it("begin when the player was really opened", () => {
    expect(countersAt(visit, 18, 30)).toMatchObject({ playedSeconds: 10, stalls: 1 });
    expect(playedSpans(visit, 18, 30)).toEqual([
      { from: 18, to: 20 },
      { from: 22, to: 30 },
    ]);
  });
});

test("what was played within breaks is found", () => {
  const played = playedSpans(visit, 10, 60);
  expect(playedWithin(played, [{ from: 15, to: 25 }])).toBe(8);
  expect(playedWithin(played, [])).toBe(0);
});

describe("the next beat", () => {
  it.each([
    ["after a period", 11, 13],
    ["at a change between playing and not", 19, 20],
    ["far away in a hidden tab", 26, 34],
    ["when the tab is shown again", 34, 36],
    ["at the end", 59, 60],
  ])("is due %s", (_, last, due) => {
    expect(nextBeatAt(visit, pace, last)).toBe(due);
  });
});
