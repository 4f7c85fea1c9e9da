/** A still of a recording, for lists and players: a keyframe of its first minute. */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeStill } from "../thumbnails/still.ts";
import type { RecordingMedia } from "./recording-media.ts";

const posterFile = "poster.jpg";
const widthPixels = 1280;
const jpegQuality = 4;

/** Its file's name, or null where none could be made: a recording is one without it. */
export async function makePoster(
  media: RecordingMedia,
  ffmpegPath: string,
  signal: AbortSignal,
): Promise<string | null> {
  const segments = media.segments("best");
  // Beginnings are often black.
  const chosen = segments[Math.min(4, segments.length - 1)];
  if (chosen === undefined) return null;
  const temporary = join(media.directory, "poster.making.jpg");
  try {
    const source = { initPath: chosen.initPath, segmentPath: chosen.path };
    const settings = { ffmpegPath, width: widthPixels, quality: jpegQuality, signal };
    await writeFile(temporary, await makeStill(source, settings));
    await rename(temporary, join(media.directory, posterFile));
    return posterFile;
  } catch {
    await rm(temporary, { force: true });
    return null;
  }
}
