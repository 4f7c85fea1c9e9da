import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../house/source-files.ts";

const run = promisify(execFile);
const folder = join(repositoryRoot, ".build", "test-media");

export interface TestMedia {
  /** Pixels. */
  width: number;
  height: number;
  framesPerSecond: number;
  /** Seconds. */
  duration: number;
  /** Seconds between keyframes. */
  keyframeInterval: number;
  videoKbps: number;
  /** Nothing moves in it, which costs encoders half as much. */
  still?: boolean;
}

/** What OBS sends out of the box: 1080p30, H.264 high, 2 s keyframes, AAC 48 kHz stereo. */
export const fullHd: TestMedia = {
  width: 1920,
  height: 1080,
  framesPerSecond: 30,
  duration: 20,
  keyframeInterval: 2,
  videoKbps: 4500,
};

/** The same shape at a fraction of the cost, for tests in which the picture's size is not the point. */
export const small: TestMedia = { ...fullHd, width: 640, height: 360, framesPerSecond: 15, videoKbps: 400 };

/**
 * An FLV file to publish with `-c copy`, so that a test pays for the encode once and never while it measures.
 * Made on first use and kept in `.build/test-media`.
 */
export async function testMedia(media: TestMedia): Promise<string> {
  const { width, height, framesPerSecond, duration, keyframeInterval, videoKbps, still = false } = media;
  const kind = still ? "-still" : "";
  const name = `${width}x${height}-${framesPerSecond}fps-${keyframeInterval}s-${videoKbps}k-${duration}s${kind}.flv`;
  const picture = still ? "smptehdbars" : "testsrc2";
  return makeOnce(name, [
    ...["-f", "lavfi", "-i", `${picture}=size=${width}x${height}:rate=${framesPerSecond}`],
    ...["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", String(duration)],
    ...["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-b:v", `${videoKbps}k`],
    ...["-maxrate", `${videoKbps}k`, "-bufsize", `${videoKbps * 2}k`, "-sc_threshold", "0"],
    ...["-g", String(Math.round(framesPerSecond * keyframeInterval))],
    ...["-c:a", "aac", "-b:a", "128k", "-ac", "2", "-f", "flv"],
  ]);
}

const making = new Map<string, Promise<string>>();

/** The file's path; `args` are FFmpeg's up to where the file's name follows. */
export function makeOnce(name: string, args: readonly string[]): Promise<string> {
  // Tests of one file may ask side by side; other processes have another unfinished file, and the last one stays.
  const made = making.get(name) ?? make(name, args);
  making.set(name, made);
  return made;
}

async function make(name: string, args: readonly string[]): Promise<string> {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  const unfinished = join(folder, `${process.pid}-${name}`);
  await run("ffmpeg", ["-v", "error", "-y", ...args, unfinished]);
  await rename(unfinished, path);
  return path;
}
