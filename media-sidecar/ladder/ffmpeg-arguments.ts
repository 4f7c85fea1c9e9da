/** The command line of one ladder run: FLV in by stdin, one fragmented MP4 out by pipe 3, 4, … a rung. */
import type { LatencyMode } from "../../edge/protocol/streams.ts";
import { forcedKeyframeSlackSeconds } from "../packager/segment-cuts.ts";
import { audioKbps, type LadderPlan, type Rung } from "./ladder-plan.ts";
import { deviceArguments, encoderArguments, uploadFilter, type VideoEncoder } from "./video-encoders.ts";

export interface RunTiming {
  /** Distance of the keyframes that a fully encoded run makes itself. */
  readonly segmentSeconds: number;
  /** Length of the fragments that come out. */
  readonly partSeconds: number;
  readonly latencyMode: LatencyMode;
  /** Pictures before this second of the input are decoded and thrown away; null keeps all. */
  readonly trimSeconds: number | null;
  /** libx264 when absent. */
  readonly encoder?: VideoEncoder;
}

export const firstOutputPipe = 3;

export function ffmpegArguments(plan: LadderPlan, timing: RunTiming): string[] {
  const encoded = plan.rungs.filter((rung) => !rung.copied);
  const encoder = timing.encoder ?? "libx264";
  return [
    "-hide_banner",
    // stdin is media, not a keyboard
    "-nostdin",
    ...["-loglevel", "warning"],
    ...(encoded.length === 0 ? [] : deviceArguments(encoder)),
    // keep the input's clock: the packager compares what comes out with what went in
    "-copyts",
    // start at the first frames instead of measuring the frame rate for a second
    ...["-fpsprobesize", "0"],
    ...["-analyzeduration", "200000"],
    // decoding frames in parallel holds one back for every thread
    ...(timing.latencyMode === "low" ? ["-thread_type", "slice"] : []),
    ...["-f", "flv", "-i", "pipe:0"],
    ...(encoded.length === 0 ? [] : ["-filter_complex", filterGraph(plan, encoded, timing, encoder)]),
    ...plan.rungs.flatMap((rung, index) => [
      ...videoArguments(plan, rung, timing, encoder),
      ...["-map", "0:a:0"],
      ...audioArguments(plan),
      ...containerArguments(timing),
      `pipe:${firstOutputPipe + index}`,
    ]),
  ];
}

/** One decode, each size scaled from the next larger one, which costs a third of scaling each from the source. */
function filterGraph(
  plan: LadderPlan,
  encoded: readonly Rung[],
  timing: RunTiming,
  encoder: VideoEncoder,
): string {
  const upload = uploadFilter(encoder);
  const prepare = [
    ...(timing.trimSeconds === null ? [] : [`trim=start=${timing.trimSeconds.toFixed(3)}`]),
    // touches only frames that are marked as interlaced
    ...(plan.interlaced ? ["yadif=deint=interlaced"] : []),
    // a grid of even frames, so that a source that stalls still gives keyframes in time
    ...(plan.gridFrameRate === null ? [] : [`fps=${frameRateText(plan.gridFrameRate)}`]),
  ];
  let input = "0:v:0";
  const chains: string[] = [];
  encoded.forEach((rung, index) => {
    const last = index === encoded.length - 1;
    const filters = [
      ...(index === 0 ? prepare : []),
      `scale=${rung.width}:${rung.height}:flags=bilinear`,
      // even sizes are a hair off the source's shape, which scale would write into the pixels'
      "setsar=1",
      ...(index === 0 ? ["format=yuv420p"] : []),
    ];
    // only what is encoded goes to the device; the next size is made from what is here
    const made = upload === null ? `v${rung.slot}` : `m${rung.slot}`;
    const output = last ? `[${made}]` : `,split[${made}][s${index}]`;
    chains.push(`[${input}]${filters.join(",")}${output}`);
    if (upload !== null) chains.push(`[${made}]${upload}[v${rung.slot}]`);
    input = `s${index}`;
  });
  return chains.join(";");
}

/** 29.97 and its kin are fractions of 1001. */
function frameRateText(frameRate: number): string {
  const whole = Math.round(frameRate);
  if (Math.abs(frameRate - (whole * 1000) / 1001) < 0.006) return `${whole * 1000}/1001`;
  return Math.abs(frameRate - whole) < 0.05 ? String(whole) : frameRate.toFixed(3);
}

function videoArguments(plan: LadderPlan, rung: Rung, timing: RunTiming, encoder: VideoEncoder): string[] {
  if (rung.copied) return ["-map", "0:v:0", "-c:v", "copy"];
  const follows = plan.gridFrameRate === null;
  return [
    ...["-map", `[v${rung.slot}]`],
    ...encoderArguments(encoder, rung.videoKbps, timing.latencyMode),
    // keyframes where they are asked for and nowhere else: rungs must agree on them
    ...["-g", "100000"],
    ...[
      "-force_key_frames",
      follows
        ? "source"
        : `expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+${(timing.segmentSeconds - forcedKeyframeSlackSeconds).toFixed(2)}))`,
    ],
    // the source's own times, in the source's own time base: a constant-rate grid lands a frame beside the copy
    ...["-fps_mode", "passthrough"],
    ...["-enc_time_base", "-1"],
  ];
}

function audioArguments(plan: LadderPlan): string[] {
  if (plan.audio === "copy") return ["-c:a", "copy"];
  return [
    ...["-c:a", "aac"],
    ...["-b:a", `${audioKbps}k`],
    ...["-ar", "48000"],
    ...["-ac", "2"],
    // holes in the source's sound become silence instead of a lead over the picture
    ...["-af", "aresample=async=1000"],
  ];
}

function containerArguments(timing: RunTiming): string[] {
  const flags = [
    // a moov without samples first, then moof and mdat
    "empty_moov",
    "frag_keyframe",
    // offsets relative to each moof, as Media Source Extensions demand
    "default_base_moof",
    // with B-frames: presentation times as they are, without an edit list
    "negative_cts_offsets",
    // the first tfdt says the real time instead of 0, which would shift sound against picture
    "frag_discont",
    "skip_trailer",
  ];
  return [
    ...["-movflags", flags.map((flag) => `+${flag}`).join("")],
    ...["-frag_duration", String(Math.round(timing.partSeconds * 1_000_000))],
    // no encoder's name and version in every init segment
    ...["-fflags", "+bitexact"],
    ...["-f", "mp4"],
  ];
}
