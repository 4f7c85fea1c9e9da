/** What is made of a recording that has ended: one MP4, more only where the source changed its parameters. */
import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { parseMovieHeader } from "../packager/movie-header.ts";
import { parametersOf } from "./movie/parameters.ts";
import { type MovieSegment, readMovieHeader, writeMovie } from "./movie/write-movie.ts";
import type { RecordingMedia } from "./recording-media.ts";
import type { RecordingRecord } from "./recording-record.ts";

export type RecordingFiles = RecordingRecord["files"];

interface PlannedFile {
  readonly name: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly segments: MovieSegment[];
}

/** The files would not fit, and the live streams need what is left. */
class NoRoom extends Error {
  override readonly name = "NoRoom";
}

/** Whether waiting may help. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof NoRoom || (error as NodeJS.ErrnoException).code === "ENOSPC";
}

export interface MakingFiles {
  readonly signal: AbortSignal;
  /** Free space that is not for files. */
  readonly leastFreeBytes: number;
  /** Hears 0 to 1. */
  onProgress(share: number): void;
}

/**
 * Makes them all; what stood there under their names is replaced, each whole or not at all. Rejects
 * with the signal's reason, for want of room, or with what the disk says.
 */
export async function makeFiles(
  media: RecordingMedia,
  { signal, leastFreeBytes, onProgress }: MakingFiles,
): Promise<RecordingFiles> {
  const plan = await planFiles(media.segments("best"));
  const bytes = Math.max(1, media.topBytes);
  const { bavail, bsize } = await statfs(media.directory);
  if (bavail * bsize < bytes * 1.05 + leastFreeBytes) throw new NoRoom();
  let copied = 0;
  const files: RecordingFiles = [];
  for (const { name, width, height, segments } of plan) {
    const onBytes = (more: number) => {
      copied += more;
      onProgress(Math.min(1, copied / bytes));
    };
    const target = join(media.directory, name);
    await rm(`${target}.making`, { force: true });
    const { durationSeconds, sizeBytes } = await writeMovie(segments, target, { signal, onBytes });
    files.push({ name, durationSeconds, sizeBytes, width, height });
  }
  return files;
}

async function planFiles(segments: readonly MovieSegment[]): Promise<PlannedFile[]> {
  const known = new Map<string, { parameters: string; width: number | null; height: number | null }>();
  const plan: PlannedFile[] = [];
  let last: string | null = null;
  for (const segment of segments) {
    let init = known.get(segment.initPath);
    if (init === undefined) {
      const moov = await readMovieHeader(segment.initPath);
      const video = parseMovieHeader(moov).find(({ kind }) => kind === "video");
      init = { parameters: parametersOf(moov), width: video?.width ?? null, height: video?.height ?? null };
      known.set(segment.initPath, init);
    }
    if (init.parameters !== last) {
      const name = plan.length === 0 ? "recording.mp4" : `recording-${plan.length + 1}.mp4`;
      plan.push({ name, width: init.width, height: init.height, segments: [] });
      last = init.parameters;
    }
    plan.at(-1)!.segments.push(segment);
  }
  return plan;
}
