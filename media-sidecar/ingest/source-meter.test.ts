import { describe, expect, it } from "vitest";
import { planFrameRate, settleFrameRate } from "./frame-rate.ts";
import { SourceMeter } from "./source-meter.ts";

describe("the source meter", () => {
  it("measures rate, frames and the longest keyframe interval of the last seconds", () => {
    const meter = new SourceMeter();
    for (let frame = 0; frame < 30 * 20; frame++) {
      meter.add("video", Math.round((frame * 1000) / 30), 20_000, frame % 60 === 0);
      meter.add("audio", Math.round((frame * 1000) / 30), 500, false);
    }
    const figures = meter.figures();
    expect(figures.frameRate).toBeCloseTo(30, 0);
    expect(figures.bitrateKbps).toBeCloseTo((20_500 * 30 * 8) / 1000, -2);
    expect(figures.keyframeIntervalSeconds).toBeCloseTo(2, 2);
  });

  it("counts frames over three seconds at least: one second may have lost some", () => {
    const meter = new SourceMeter();
    for (let frame = 0; frame < 90; frame++)
      meter.add("video", Math.round((frame * 1000) / 30), 20_000, false);
    expect(meter.figures().frameRate).toBeNull();
    expect(meter.figures().bitrateKbps).not.toBeNull();
    meter.add("video", 3000, 20_000, false);
    expect(meter.figures().frameRate).toBe(30);
  });

  it("knows nothing in its first second, and nothing of the publisher before", () => {
    const meter = new SourceMeter();
    meter.add("video", 100, 1000, true);
    expect(meter.figures()).toEqual({ bitrateKbps: null, frameRate: null, keyframeIntervalSeconds: null });
    meter.add("video", 5000, 1000, true);
    meter.reset();
    expect(meter.figures().keyframeIntervalSeconds).toBeNull();
  });
});

describe("the frame rate to plan for", () => {
  it("is the announced one while frames are lost, and the counted one where an encoder's word means nothing", () => {
    expect(planFrameRate(10, null, 15)).toBe(15);
    expect(planFrameRate(21, 29)).toBe(29.97);
    expect(planFrameRate(null, 25)).toBe(25);
    expect(planFrameRate(15, 60)).toBe(15);
    expect(planFrameRate(25, 1000)).toBe(25);
    expect(planFrameRate(59.8, 30)).toBe(60);
  });
});

describe("the frame rate", () => {
  it("is what the encoder says, where the count agrees", () => {
    expect(settleFrameRate(29.8, 30)).toBe(30);
    expect(settleFrameRate(29.8, 29.97)).toBe(29.97);
    expect(settleFrameRate(null, 25)).toBe(25);
    expect(settleFrameRate(29.8, 60, 30)).toBe(30);
    expect(settleFrameRate(29.8, null, 29)).toBe(29.97);
  });

  it("is the usual one nearest to the count, where the encoder says nothing or something else", () => {
    expect(settleFrameRate(24.9, null)).toBe(25);
    expect(settleFrameRate(59.6, 30)).toBe(60);
    expect(settleFrameRate(17.2, null)).toBe(17.2);
    expect(settleFrameRate(null, null)).toBeNull();
  });
});
