/** One picture of published media as a JPEG, made when nobody else wants the processor. */
import { readFile } from "node:fs/promises";
import { FfmpegProcess } from "../ladder/ffmpeg-process.ts";

export interface StillSource {
  readonly initPath: string;
  /** Its first keyframe is the picture. */
  readonly segmentPath: string;
}

export interface StillSettings {
  readonly ffmpegPath: string;
  /** At most this wide, in pixels; a smaller picture stays as it is. */
  readonly width: number;
  /** FFmpeg's scale of JPEGs: 2 is best, 31 smallest. */
  readonly quality: number;
  readonly signal: AbortSignal;
}

const idlePriority = 19;
const timeoutMs = 20_000;

/** Throws what the disk says, and an Error with FFmpeg's last words where there is no picture in it. */
export async function makeStill(source: StillSource, settings: StillSettings): Promise<Buffer> {
  const media = Buffer.concat([await readFile(source.initPath), await readFile(source.segmentPath)]);
  return pictureOf(media, stillArguments(settings.width, settings.quality), settings);
}

/** What FFmpeg makes of its standard input and writes to `pipe:3`. Throws as `makeStill`. */
export async function pictureOf(
  input: Buffer,
  args: readonly string[],
  { ffmpegPath, signal }: Pick<StillSettings, "ffmpegPath" | "signal">,
): Promise<Buffer> {
  signal.throwIfAborted();
  const ffmpeg = new FfmpegProcess(ffmpegPath, args, 1, idlePriority);
  const chunks: Buffer[] = [];
  ffmpeg.outputs[0]!.on("data", (chunk: Buffer) => chunks.push(chunk));
  ffmpeg.stdin.end(input);
  const enough = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const kill = () => void ffmpeg.kill();
  enough.addEventListener("abort", kill);
  const exit = await ffmpeg.exited;
  enough.removeEventListener("abort", kill);
  enough.throwIfAborted();
  if (exit.kind !== "done" || chunks.length === 0) throw new Error(`no picture: ${exit.detail}`);
  return Buffer.concat(chunks);
}

function stillArguments(width: number, quality: number): string[] {
  return [
    ...["-v", "error"],
    // A second thread would take a processor from those who encode.
    ...["-threads", "1"],
    ...["-skip_frame", "nokey"],
    ...["-analyzeduration", "0", "-fpsprobesize", "0"],
    ...["-f", "mp4", "-i", "pipe:0"],
    ...["-map", "0:v:0", "-frames:v", "1"],
    ...["-vf", `scale=w='min(${width},iw)':h=-2`],
    ...["-c:v", "mjpeg", "-q:v", String(quality), "-threads", "1"],
    ...["-f", "image2pipe", "pipe:3"],
  ];
}
