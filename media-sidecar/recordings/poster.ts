/** A still of a recording, for lists and players: a keyframe of its first minute. */
import { execFile } from "node:child_process";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RecordingMedia } from "./recording-media.ts";

const run = promisify(execFile);
const posterFile = "poster.jpg";
const timeoutMs = 20_000;

/** Its file's name, or null where none could be made: a recording is one without it. */
export async function makePoster(
  media: RecordingMedia,
  ffmpegPath: string,
  signal: AbortSignal,
): Promise<string | null> {
  const segments = media.movieSegments();
  // Beginnings are often black.
  const chosen = segments[Math.min(4, segments.length - 1)];
  if (chosen === undefined) return null;
  const path = join(media.directory, posterFile);
  const source = join(media.directory, "poster.mp4.making");
  const temporary = join(media.directory, "poster.making.jpg");
  try {
    await writeFile(source, Buffer.concat([await readFile(chosen.initPath), await readFile(chosen.path)]));
    const scale = "scale=w='min(1280,iw)':h=-2";
    const still = ["-frames:v", "1", "-vf", scale, "-q:v", "4", "-update", "1", temporary];
    // None of our secrets is FFmpeg's business.
    const options = { signal, timeout: timeoutMs, env: { PATH: process.env.PATH } };
    await run(ffmpegPath, ["-v", "error", "-nostdin", "-y", "-i", source, "-an", ...still], options);
    if ((await stat(temporary)).size === 0) return null;
    await rename(temporary, path);
    return posterFile;
  } catch {
    return null;
  } finally {
    for (const left of [source, temporary]) await rm(left, { force: true });
  }
}
