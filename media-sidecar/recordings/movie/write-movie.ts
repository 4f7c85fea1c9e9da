/** Makes one MP4 of segments, in one pass over their media: `ftyp`, `moov`, `mdat`, so that it plays while it loads. */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type PlacedBox, readBody, scanBoxes } from "../../packager/box-scanner.ts";
import { syncFile } from "../kept-files.ts";
import { box, mediaHeader, mediaHeaderBytes } from "./boxes.ts";
import { MovieBuilder } from "./movie-builder.ts";

export interface MovieSegment {
  readonly path: string;
  /** Of its run. */
  readonly initPath: string;
  /** It does not continue the one before. */
  readonly discontinuity: boolean;
}

export interface WrittenMovie {
  readonly durationSeconds: number;
  readonly sizeBytes: number;
}

interface MediaSpan {
  readonly path: string;
  readonly at: number;
  readonly bytes: number;
}

const copyBytes = 1024 * 1024;
const fileType = box("ftyp", Buffer.from("isom\0\0\x02\0isomiso2avc1mp41", "latin1"));

/**
 * The file is at `target` when this resolves, whole and on the disk, or not at all. `onBytes` hears of bytes copied.
 * All segments' inits must have equal parameters. Rejects with the signal's reason, or what the disk says.
 */
export async function writeMovie(
  segments: readonly MovieSegment[],
  target: string,
  { signal, onBytes }: { signal: AbortSignal; onBytes(bytes: number): void },
): Promise<WrittenMovie> {
  const { builder, spans } = await plan(segments, signal);
  const payload = spans.reduce((sum, { bytes }) => sum + bytes, 0);
  const before = fileType.length + builder.toMoov(0).length + mediaHeaderBytes;
  const temporary = `${target}.making`;
  const file = await open(temporary, "w");
  try {
    await write(file, Buffer.concat([fileType, builder.toMoov(before), mediaHeader(payload)]));
    for (const span of spans) await copy(span, file, signal, onBytes);
    await file.sync();
    await file.close();
    await rename(temporary, target);
    // Names are on the disk, too, when their directory is.
    await syncFile(dirname(target));
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
  return { durationSeconds: builder.durationSeconds, sizeBytes: before + payload };
}

async function plan(
  segments: readonly MovieSegment[],
  signal: AbortSignal,
): Promise<{ builder: MovieBuilder; spans: MediaSpan[] }> {
  let builder: MovieBuilder | null = null;
  let init: string | null = null;
  const spans: MediaSpan[] = [];
  let place = 0;
  for (const { path, initPath, discontinuity } of segments) {
    signal.throwIfAborted();
    if (builder === null) builder = new MovieBuilder(await readMovieHeader(initPath));
    else if (discontinuity || initPath !== init) builder.begin(await readMovieHeader(initPath));
    init = initPath;
    const adding = builder;
    await eachFragment(path, (moof, body, media) => {
      const mediaAt = media.at + media.headerBytes - moof.at;
      adding.add(body, mediaAt, place);
      const bytes = media.bytes - media.headerBytes;
      spans.push({ path, at: media.at + media.headerBytes, bytes });
      place += bytes;
    });
  }
  if (builder === null || spans.length === 0) throw new Error("there is nothing to make a movie of");
  return { builder, spans };
}

async function eachFragment(
  path: string,
  tell: (moof: PlacedBox, body: Buffer, media: PlacedBox) => void,
): Promise<void> {
  const file = await open(path, "r");
  try {
    const boxes = await scanBoxes(file);
    for (const [index, moof] of boxes.entries()) {
      const media = boxes[index + 1];
      if (moof.type === "moof" && media?.type === "mdat") tell(moof, await readBody(file, moof), media);
    }
  } finally {
    await file.close();
  }
}

/** The body of an init segment's `moov`. */
export async function readMovieHeader(initPath: string): Promise<Buffer> {
  const file = await open(initPath, "r");
  try {
    const moov = (await scanBoxes(file)).find(({ type }) => type === "moov");
    if (moov === undefined) throw new Error("an init segment without a moov");
    return await readBody(file, moov);
  } finally {
    await file.close();
  }
}

async function copy(
  { path, at, bytes }: MediaSpan,
  to: FileHandle,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const from = await open(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(Math.min(copyBytes, Math.max(1, bytes)));
    for (let done = 0; done < bytes; ) {
      signal.throwIfAborted();
      const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, bytes - done), at + done);
      if (bytesRead === 0) throw new Error("a segment became shorter while it was read");
      await write(to, buffer.subarray(0, bytesRead));
      done += bytesRead;
      onBytes(bytesRead);
    }
  } finally {
    await from.close();
  }
}

async function write(file: FileHandle, data: Buffer): Promise<void> {
  for (let done = 0; done < data.length; ) done += (await file.write(data, done)).bytesWritten;
}
