/** What a packager that was killed left of the segment it was writing: every whole fragment of it can be played. */
import { open } from "node:fs/promises";
import { type PlacedBox, playableBytes, readBody, scanBoxes } from "./box-scanner.ts";
import { parseMovieFragment } from "./movie-fragment.ts";
import { parseMovieHeader, type Track } from "./movie-header.ts";

export interface SalvagedSegment {
  readonly bytes: number;
  /** Of its first picture, on the run's clock. */
  readonly startMs: number;
  readonly durationSeconds: number;
}

/**
 * Cuts the file behind its last whole `mdat` (ISO/IEC 14496-12 §8.1.1). Null when nothing is left of it to play, or one
 * of the files cannot be read.
 */
export async function salvageSegment(path: string, initPath: string): Promise<SalvagedSegment | null> {
  try {
    const tracks = await readTracks(initPath);
    const file = await open(path, "r+");
    try {
      const boxes = await scanBoxes(file);
      const bytes = playableBytes(boxes);
      if (bytes === 0) return null;
      const moofs = boxes.filter(({ type, at }) => type === "moof" && at < bytes);
      const fragments: Buffer[] = [];
      for (const moof of moofs) fragments.push(await readBody(file, moof));
      const shown = shownSpan(fragments, tracks);
      if (shown === null || shown.durationSeconds <= 0) return null;
      await file.truncate(bytes);
      return { bytes, ...shown };
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/** From the first picture to the end of the last, or of sound where there is no picture. */
function shownSpan(
  fragments: readonly Buffer[],
  tracks: readonly Track[],
): Omit<SalvagedSegment, "bytes"> | null {
  const lead = tracks.some(({ kind }) => kind === "video") ? "video" : "audio";
  const timings = fragments
    .flatMap((moof) => parseMovieFragment(moof, tracks))
    .filter(({ kind }) => kind === lead);
  const first = timings[0];
  if (first === undefined) return null;
  const endMs = Math.max(...timings.map(({ endMs }) => endMs));
  return { startMs: first.startMs, durationSeconds: (endMs - first.startMs) / 1000 };
}

async function readTracks(initPath: string): Promise<Track[]> {
  const file = await open(initPath, "r");
  try {
    const isHeader = ({ type }: PlacedBox) => type === "moov";
    const moov = (await scanBoxes(file)).find(isHeader);
    return moov === undefined ? [] : parseMovieHeader(await readBody(file, moov));
  } finally {
    await file.close();
  }
}
