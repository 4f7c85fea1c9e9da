import { describe, expect, it } from "vitest";
import { ffmpegArguments } from "./ffmpeg-arguments.ts";
import type { LadderPlan, Rung } from "./ladder-plan.ts";

const timing = { segmentSeconds: 2, partSeconds: 0.5, trimSeconds: null, latencyMode: "standard" as const };
const rung = (slot: number, height: number, copied: boolean): Rung => ({
  slot,
  name: `${height}p`,
  width: (height * 16) / 9,
  height,
  videoKbps: height * 3,
  copied,
});
const plan = (rungs: Rung[], more: Partial<LadderPlan> = {}): LadderPlan => ({
  rungs,
  audio: "copy",
  interlaced: false,
  gridFrameRate: null,
  ...more,
});
const valuesOf = (args: string[], flag: string) =>
  args.flatMap((arg, index) => (arg === flag ? [args[index + 1]] : []));

describe("FFmpeg's arguments", () => {
  it("copy the top rung and let the others follow the source's keyframes and times", () => {
    const args = ffmpegArguments(
      plan([rung(0, 1080, true), rung(1, 720, false), rung(2, 360, false)]),
      timing,
    );
    expect(valuesOf(args, "-c:v")).toEqual(["copy", "libx264", "libx264"]);
    expect(valuesOf(args, "-force_key_frames")).toEqual(["source", "source"]);
    expect(valuesOf(args, "-enc_time_base")).toEqual(["-1", "-1"]);
    expect(valuesOf(args, "-filter_complex")).toEqual([
      "[0:v:0]scale=1280:720:flags=bilinear,setsar=1,format=yuv420p,split[v1][s0];[s0]scale=640:360:flags=bilinear,setsar=1[v2]",
    ]);
    expect(args.filter((arg) => arg.startsWith("pipe:"))).toEqual(["pipe:0", "pipe:3", "pipe:4", "pipe:5"]);
  });

  it("make keyframes and even frames of their own where nothing is copied", () => {
    const args = ffmpegArguments(plan([rung(0, 720, false)], { gridFrameRate: 29.97, interlaced: true }), {
      ...timing,
      trimSeconds: 12.5,
    });
    expect(valuesOf(args, "-force_key_frames")[0]).toContain("prev_forced_t+1.99");
    expect(valuesOf(args, "-filter_complex")[0]).toMatch(
      /^\[0:v:0\]trim=start=12\.500,yadif=deint=interlaced,fps=30000\/1001,scale=1280:720/,
    );
  });

  it("hold nothing back in the low-latency mode", () => {
    const args = ffmpegArguments(plan([rung(0, 1080, true), rung(1, 720, false)]), {
      ...timing,
      latencyMode: "low",
    });
    expect(valuesOf(args, "-bf")).toEqual(["0"]);
    expect(valuesOf(args, "-x264-params")[0]).toContain("rc-lookahead=0");
    expect(args.indexOf("-thread_type")).toBeLessThan(args.indexOf("-i"));
  });

  it("bring the encoded pictures alone to a device that needs them there", () => {
    const rungs = [rung(0, 1080, true), rung(1, 720, false), rung(2, 360, false)];
    const args = ffmpegArguments(plan(rungs), { ...timing, encoder: "h264_vaapi" });
    expect(valuesOf(args, "-c:v")).toEqual(["copy", "h264_vaapi", "h264_vaapi"]);
    expect(valuesOf(args, "-filter_complex")).toEqual([
      "[0:v:0]scale=1280:720:flags=bilinear,setsar=1,format=yuv420p,split[m1][s0];[m1]format=nv12,hwupload[v1];[s0]scale=640:360:flags=bilinear,setsar=1[m2];[m2]format=nv12,hwupload[v2]",
    ]);
    expect(args.indexOf("-vaapi_device")).toBeLessThan(args.indexOf("-i"));
    expect(ffmpegArguments(plan([rung(0, 180, true)]), { ...timing, encoder: "h264_vaapi" })).not.toContain(
      "-vaapi_device",
    );
  });

  it("need no filter for a copy alone", () => {
    expect(ffmpegArguments(plan([rung(0, 180, true)]), timing)).not.toContain("-filter_complex");
  });
});
