/** What a packager that was killed left of the segment it was writing: every whole fragment of it can be played. */
import { open } from "node:fs/promises";
import { type PlacedBox, playableBytes, readBody, scanBoxes } from "./box-scanner.ts";
import { parseMovieFragment, type TrackTiming } from "./movie-fragment.ts";
import { parseMovieHeader, type Track } from "./movie-header.ts";

export interface SalvagedSegment {
  readonly bytes: number;
  /** Of its first picture, on the run's clock. */
  readonly startMs: number;
  /** From its first picture to the end of the last, or of its sound where it has none. */
  readonly durationSeconds: number;
  /** The same on the decoder's clock, on which fragments of all renditions end together. */
  readonly decodedMs: number;
}

/** Rungs end their fragments with the same picture, each in its own units. */
const sameInstantMs = 5;

/**
 * Cuts the file behind its last whole `mdat` (ISO/IEC 14496-12 §8.1.1), or behind the last one that ends within
 * `mostDecodedMs`. Null when nothing is left of it to play, or one of the files cannot be read.
 */
export async function salvageSegment(
  path: string,
  initPath: string,
  mostDecodedMs = Number.POSITIVE_INFINITY,
): Promise<SalvagedSegment | null> {
  try {
    const tracks = await readTracks(initPath);
    const file = await open(path, "r+");
    try {
      const boxes = await scanBoxes(file);
      const end = playableBytes(boxes);
      const timings: TrackTiming[] = [];
      let bytes = 0;
      for (const box of boxes) {
        if (box.at >= end) break;
        if (box.type === "moof") {
          const timing = leadOf(parseMovieFragment(await readBody(file, box), tracks), tracks);
          if (decodedMs([...timings, ...timing]) > mostDecodedMs + sameInstantMs) break;
          timings.push(...timing);
        }
        bytes = box.at + box.bytes;
      }
      const [first] = timings;
      if (first === undefined) return null;
      const durationSeconds = (Math.max(...timings.map(({ endMs }) => endMs)) - first.startMs) / 1000;
      if (durationSeconds <= 0) return null;
      await file.truncate(bytes);
      return { bytes, startMs: first.startMs, durationSeconds, decodedMs: decodedMs(timings) };
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/** Of the pictures, or of the sound where there are none. */
function leadOf(timings: readonly TrackTiming[], tracks: readonly Track[]): TrackTiming[] {
  const lead = tracks.some(({ kind }) => kind === "video") ? "video" : "audio";
  return timings.filter(({ kind }) => kind === lead);
}

function decodedMs(timings: readonly TrackTiming[]): number {
  return timings.length === 0 ? 0 : timings.at(-1)!.nextMs - timings[0]!.decodeMs;
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
