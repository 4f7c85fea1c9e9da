import { describe, expect, it } from "vitest";
import { SourceTimeline } from "./source-timeline.ts";

describe("the source's timeline", () => {
  it("puts the first tag at the broadcast's own time and keeps distances", () => {
    const timeline = new SourceTimeline();
    expect(timeline.place("video", 5000, 120).dtsMs).toBe(120);
    expect(timeline.place("audio", 5010, 999).dtsMs).toBe(130);
    expect(timeline.place("video", 5033, 999)).toEqual({ dtsMs: 153, jumped: false });
  });

  it("goes on over the wrap of 32 bits", () => {
    const timeline = new SourceTimeline();
    timeline.place("video", 2 ** 32 - 20, 0);
    expect(timeline.place("video", 13, 0)).toEqual({ dtsMs: 33, jumped: false });
  });

  it("closes up leaps forward and backward and says so", () => {
    const timeline = new SourceTimeline();
    timeline.place("video", 0, 0);
    timeline.place("video", 33, 0);
    expect(timeline.place("video", 3_600_000, 0)).toEqual({ dtsMs: 66, jumped: true });
    expect(timeline.place("audio", 3_600_010, 0)).toEqual({ dtsMs: 76, jumped: false });
    expect(timeline.place("video", 100, 0)).toEqual({ dtsMs: 109, jumped: true });
  });

  it("never lets a track stand still or go back", () => {
    const timeline = new SourceTimeline();
    const times = [0, 33, 33, 20, 66, 67].map((time) => timeline.place("video", time, 0).dtsMs);
    expect(times).toEqual([0, 33, 34, 35, 66, 67]);
  });

  it("lets sound be a little behind the picture", () => {
    const timeline = new SourceTimeline();
    timeline.place("video", 1000, 0);
    expect(timeline.place("audio", 600, 0)).toEqual({ dtsMs: -400, jumped: false });
  });

  it("begins another publisher's tags now, and never before the last one's", () => {
    const timeline = new SourceTimeline();
    timeline.place("video", 9000, 100);
    timeline.reset();
    expect(timeline.place("video", 0, 5000)).toEqual({ dtsMs: 5000, jumped: false });
    timeline.reset();
    expect(timeline.place("video", 0, 4000).dtsMs).toBe(5001);
  });
});
