import { describe, expect, it } from "vitest";
import { describeRenditions, describeSource } from "./broadcast-description.ts";

describe("what a broadcast says", () => {
  it("rounds what is measured, so that reports do not change all the time", () => {
    const figures = { bitrateKbps: 4996.3, frameRate: 30.02, keyframeIntervalSeconds: 2.0034 };
    expect(describeSource(null, null, figures, 30)).toMatchObject({
      bitrateKbps: 5000,
      keyframeIntervalSeconds: 2,
      frameRate: null,
    });
  });

  it("gives a rendition's ceiling while nothing of it is measured", () => {
    const rung = { slot: 0, name: "360p", width: 640, height: 360, videoKbps: 800, copied: false };
    const plan = { rungs: [rung], audio: "copy" as const, interlaced: false, gridFrameRate: null };
    expect(describeRenditions(plan, () => 0)[0]?.bitrateKbps).toBe(928);
    expect(describeRenditions(plan, () => 412_345)[0]?.bitrateKbps).toBe(410);
    expect(describeRenditions(null, () => 0)).toEqual([]);
  });
});
