import { describe, expect, it } from "vitest";
import { type LivedVisit, trueAudience } from "./truth.ts";

const minute = 60 * 28_000_000;

function visit(viewerId: string, from: number, to: number, played = [{ from, to }]): LivedVisit {
  const at = (seconds: number) => minute + seconds;
  return {
    viewerId,
    stage: 0,
    from: at(from),
    to: at(to),
    toldFrom: at(from),
    untoldSeconds: 0,
    played: played.map((span) => ({ from: at(span.from), to: at(span.to) })),
  };
}

describe("the truth about an audience", () => {
  it("is nobody without visits", () => {
    expect(trueAudience([])).toMatchObject({ uniqueViewers: 0, peakViewers: 0, watchSeconds: 0 });
  });

  it("counts who comes back once, with both times", () => {
    const found = trueAudience([visit("a", 5, 25), visit("a", 40, 70)]);
    expect(found).toMatchObject({ uniqueViewers: 1, peakViewers: 1, watchSeconds: 50 });
  });

  it("counts two devices of a viewer as one, with no more than a minute of a minute", () => {
    const found = trueAudience([visit("a", 0, 90), visit("a", 0, 50), visit("b", 0, 10)]);
    expect(found).toMatchObject({ uniqueViewers: 2, peakViewers: 2, watchSeconds: 60 + 30 + 10 });
    expect(found.watchedBy.get("a")).toBe(90);
  });

  it("adds devices up below a minute", () => {
    const found = trueAudience([visit("a", 0, 20), visit("a", 10, 30)]);
    expect(found.watchSeconds).toBe(40);
  });

  it("looks who is there at full tens of seconds", () => {
    expect(trueAudience([visit("a", 1, 9), visit("b", 2, 8)]).peakViewers).toBe(0);
    expect(trueAudience([visit("a", 1, 10), visit("b", 10, 12), visit("c", 11, 30)]).peakViewers).toBe(2);
  });

  it("knows who was there untold", () => {
    const late = { ...visit("b", 9, 30), toldFrom: minute + 11 };
    const never = { ...visit("c", 9, 15), toldFrom: Number.POSITIVE_INFINITY };
    const found = trueAudience([visit("a", 1, 15), late, never]);
    expect(found).toMatchObject({ peakViewers: 3, toldPeakViewers: 1 });
  });

  it("leaves out what was not played", () => {
    const found = trueAudience([
      visit("a", 0, 100, [
        { from: 10, to: 20 },
        { from: 50, to: 65 },
      ]),
    ]);
    expect(found.watchSeconds).toBe(25);
  });
});
