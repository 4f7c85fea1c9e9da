import { describe, expect, it } from "vitest";
import { compareAudience, compareViewers, comparisonRows, isWithin, worstFirst } from "./comparison.ts";

const truth = {
  uniqueViewers: 100,
  peakViewers: 100,
  toldPeakViewers: 100,
  watchSeconds: 1000,
  watchedBy: new Map(),
  untoldBy: new Map(),
};
const right = { uniqueViewers: 100, peakViewers: 98, watchSeconds: 981 };
const wrongFigures = (measured: typeof right) =>
  compareAudience("event", truth, measured)
    .filter((figure) => !isWithin(figure))
    .map(({ figure }) => figure);

describe("a comparison with the truth", () => {
  it.each([
    ["what is near enough", {}, []],
    ["one viewer too many", { uniqueViewers: 101 }, ["event: unique viewers"]],
    ["a peak off by more than 2 %", { peakViewers: 97 }, ["event: peak viewers"]],
    ["watch time off by more than 2 %", { watchSeconds: 1021 }, ["event: watch seconds"]],
  ])("finds %s", (_, change, found) => {
    expect(wrongFigures({ ...right, ...change })).toEqual(found);
  });

  it("allows that who came untold is missing from the peak, and nobody more in it", () => {
    const isPeakRight = (peakViewers: number) =>
      compareAudience("event", { ...truth, toldPeakViewers: 99 }, { ...right, peakViewers }).every(isWithin);
    expect([96, 97, 102, 103].map(isPeakRight)).toEqual([false, true, true, false]);
  });

  it("allows a viewer 5 %, two beats or what nobody was told of, and knows who is missing or made up", () => {
    const watchedBy = new Map(Object.entries({ long: 100, short: 5, cut: 20, missing: 9 }));
    const known = { ...truth, watchedBy, untoldBy: new Map([["cut", 3]]) };
    const measured = new Map(Object.entries({ long: 94, short: 1.5, cut: 15.5, "made up": 7 }));
    const wrong = compareViewers("session", known, measured, 2).filter((viewer) => !isWithin(viewer));
    expect(worstFirst(wrong).map(({ viewerId }) => viewerId)).toEqual(["missing", "made up", "long"]);
  });

  it("says in the table what is beyond its limit", () => {
    const [row] = comparisonRows([{ figure: "f", truth: 200, measured: 190.25, limit: 4 }]);
    expect(row).toEqual(["f", "200", "190.3", "-9.8 (-4.88 %) BEYOND", "± 4"]);
  });
});
