/** One second of a 1080p30 ladder, encoded as fast as the machine can: does this encoder work, and how much is that? */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ffmpegArguments } from "../ladder/ffmpeg-arguments.ts";
import { type Benchmark, benchmarkArguments, readBenchmark } from "../ladder/ffmpeg-benchmark.ts";
import { FfmpegProcess } from "../ladder/ffmpeg-process.ts";
import { type PricedPlan, planRungs, planSlots } from "../ladder/ladder-plan.ts";
import { plainSource } from "../ladder/plain-source.ts";
import type { VideoEncoder } from "../ladder/video-encoders.ts";
import { trialKeyframes } from "./trial-keyframes.ts";

export interface TrialResult {
  /** Luma samples a second; null where the encoder cannot be used. */
  readonly samplesPerSecond: number | null;
  /** Why not, in FFmpeg's words. */
  readonly reason: string | null;
}

const size = { width: 1920, height: 1080, framesPerSecond: 30 };
const clipSeconds = 1;
const keyframeSeconds = 0.5;
const longestTrialMs = 30_000;
/** x264 does not fill more cores than this with one ladder of a second. */
const coresPerLadder = 4;
/** Rungs begin their segments together, or players cannot change between them. */
const sameInstantMs = 8;

/** What the trial encodes: moving, with some noise, as pictures of cameras have. FLV, H.264 and AAC. */
export async function makeTrialClip(ffmpegPath: string): Promise<Buffer> {
  const { width, height, framesPerSecond } = size;
  const picture = `testsrc2=size=${width}x${height}:rate=${framesPerSecond},noise=alls=15:allf=t`;
  const { stdout } = await promisify(execFile)(
    ffmpegPath,
    [
      ...["-v", "error", "-nostdin", "-f", "lavfi", "-i", picture],
      ...["-f", "lavfi", "-i", "sine=sample_rate=48000", "-t", String(clipSeconds)],
      ...["-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p", "-b:v", "6000k"],
      ...["-c:a", "aac", "-ac", "2", "-f", "flv", "pipe:1"],
    ],
    { encoding: "buffer", maxBuffer: 64 * 1024 * 1024, timeout: longestTrialMs },
  );
  return stdout;
}

/**
 * Never rejects. `cores` decides how many ladders run beside each other, so that all are busy as they would be.
 *
 * An encoder that runs on the processor is rated by the time that its threads took, for the clock would count whatever
 * else a starting machine does; one that runs on a device is rated by the clock.
 */
export async function tryEncoder(
  ffmpegPath: string,
  encoder: VideoEncoder,
  clip: Buffer,
  cores: number,
): Promise<TrialResult> {
  const plan = trialPlan();
  const ladders = Math.max(1, Math.floor(cores / coresPerLadder));
  const runs = await Promise.all(
    Array.from({ length: ladders }, () => encodeOnce(ffmpegPath, encoder, clip, plan)),
  );
  const used: Benchmark[] = [];
  for (const run of runs) {
    if (typeof run === "string") return { samplesPerSecond: null, reason: run };
    used.push(run);
  }
  const seconds =
    encoder === "libx264"
      ? used.reduce((sum, { processorSeconds }) => sum + processorSeconds, 0) / cores
      : Math.max(...used.map(({ elapsedSeconds }) => elapsedSeconds));
  const samples = ladders * plan.cost * clipSeconds;
  return { samplesPerSecond: Math.round(samples / Math.max(0.001, seconds)), reason: null };
}

function trialPlan(): PricedPlan {
  const { width, height, framesPerSecond } = size;
  const source = plainSource(width, height, { frameRate: framesPerSecond });
  return planRungs(planSlots(source), source, { copyAllowed: false, shedRungs: 0 });
}

/** What it cost, or what went wrong. */
async function encodeOnce(
  ffmpegPath: string,
  encoder: VideoEncoder,
  clip: Buffer,
  plan: PricedPlan,
): Promise<Benchmark | string> {
  const timing = {
    ...{ segmentSeconds: keyframeSeconds, partSeconds: keyframeSeconds, trimSeconds: null },
    ...{ latencyMode: "standard" as const, encoder },
  };
  const args = benchmarkArguments(ffmpegArguments(plan, timing));
  const ffmpeg = new FfmpegProcess(ffmpegPath, args, plan.rungs.length);
  const outputs = ffmpeg.outputs.map((output) => {
    const chunks: Buffer[] = [];
    output.on("data", (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  });
  ffmpeg.stdin.end(clip);
  const timer = setTimeout(() => void ffmpeg.kill(), longestTrialMs);
  const { kind, detail } = await ffmpeg.exited;
  clearTimeout(timer);
  const used = readBenchmark(ffmpeg.stderr);
  if (kind !== "done" || used === null) return lastWords(detail);
  return faultOf(outputs.map((chunks) => trialKeyframes(Buffer.concat(chunks)))) ?? used;
}

/** An encoder that puts its keyframes elsewhere than it is told to would be found out by viewers. */
function faultOf(keyframes: readonly (readonly number[])[]): string | null {
  const wanted = Math.round(clipSeconds / keyframeSeconds);
  const first = keyframes[0] ?? [];
  const agree = keyframes.every(
    (times) =>
      times.length === wanted && times.every((at, index) => Math.abs(at - first[index]!) <= sameInstantMs),
  );
  return agree
    ? null
    : `keyframes at ${keyframes.map((times) => times.map(Math.round).join(" ")).join(" / ")} ms`;
}

/** The line that says what went wrong is among the last; those before it describe the clip. */
function lastWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => !line.startsWith("bench:"));
  return lines.slice(-3).join("; ").slice(-500);
}
