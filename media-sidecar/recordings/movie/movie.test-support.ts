/** Small recordings of real media: fragmented as the packager's FFmpeg writes it, cut into segments. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BoxFramer } from "../../packager/box-framer.ts";
import type { MovieSegment } from "./write-movie.ts";

const run = promisify(execFile);

/** A run of so many seconds, one fragment a segment. `offsetSeconds` is where its clock begins. */
export async function makeRun(
  directory: string,
  name: string,
  { seconds = 4, size = "320x180", bFrames = 0, audioLateSeconds = 0, offsetSeconds = 10 } = {},
): Promise<MovieSegment[]> {
  const path = join(directory, `${name}.fragmented.mp4`);
  await run("ffmpeg", [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", `testsrc2=size=${size}:rate=15:duration=${seconds}`],
    ...["-itsoffset", String(audioLateSeconds), "-f", "lavfi"],
    ...["-i", `sine=frequency=440:sample_rate=48000:duration=${seconds - audioLateSeconds}`],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-bf", String(bFrames), "-pix_fmt", "yuv420p"],
    ...["-c:a", "aac", "-ac", "2", "-output_ts_offset", String(offsetSeconds), "-fflags", "+bitexact"],
    ...[
      "-movflags",
      "+empty_moov+frag_keyframe+default_base_moof+negative_cts_offsets+frag_discont+skip_trailer",
    ],
    ...["-f", "mp4", path],
  ]);
  const boxes: { type: string; data: Buffer }[] = [];
  const framer = new BoxFramer(({ type, pieces }) => boxes.push({ type, data: Buffer.concat(pieces) }));
  framer.push(await readFile(path));
  const initPath = join(directory, `${name}.init.mp4`);
  const isHead = ({ type }: { type: string }) => type === "ftyp" || type === "moov";
  await writeFile(initPath, Buffer.concat(boxes.filter(isHead).map(({ data }) => data)));
  const segments: MovieSegment[] = [];
  for (const [index, moof] of boxes.entries()) {
    if (moof.type !== "moof") continue;
    const segment = join(directory, `${name}-${index}.m4s`);
    await writeFile(segment, Buffer.concat([moof.data, boxes[index + 1]!.data]));
    segments.push({ path: segment, initPath, discontinuity: segments.length === 0 });
  }
  return segments;
}

export interface ProbedTrack {
  readonly codec_type: string;
  readonly start_time: string;
  readonly duration: string;
  readonly nb_read_packets: string;
}

/** What ffprobe says of a file's tracks, and what FFmpeg complains of when it decodes all of it. */
export async function probeMovie(
  path: string,
): Promise<{ tracks: ProbedTrack[]; seconds: number; errors: string }> {
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-count_packets", "-show_streams", "-show_format", "-of", "json", path],
  ]);
  const { streams, format } = JSON.parse(stdout) as { streams: ProbedTrack[]; format: { duration: string } };
  // Encoders tell times in milliseconds, which FFmpeg's own grid of frames would round onto each other.
  const asTheyAre = ["-fps_mode", "passthrough", "-enc_time_base", "-1"];
  const { stderr } = await run("ffmpeg", [
    "-v",
    "warning",
    "-xerror",
    "-i",
    path,
    ...asTheyAre,
    "-f",
    "null",
    "-",
  ]);
  return { tracks: streams, seconds: Number(format.duration), errors: stderr };
}
