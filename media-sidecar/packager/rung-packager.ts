/** One rung of one run: frames its fragmented MP4 into parts, and parts into segment files. */
import { type FileHandle, open } from "node:fs/promises";
import { type Box, BoxFramer } from "./box-framer.ts";
import { parseMovieFragment, type TrackTiming } from "./movie-fragment.ts";
import { parseMovieHeader, type Track } from "./movie-header.ts";
import { PartDurations } from "./part-length.ts";

export interface InitSegment {
  readonly data: Buffer;
  /** RFC 6381, as CODECS wants them: video first. */
  readonly codecs: string;
  readonly width: number | null;
  readonly height: number | null;
}

/** A finished file that nobody was told of yet. Times are milliseconds of the run. */
export interface ClosedSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly bytes: number;
  readonly path: string;
}

/** A finished file with one `moof` and `mdat` of a segment. Times are milliseconds of the run. */
export interface FinishedPart {
  readonly segmentStartMs: number;
  readonly endMs: number;
  /** As players are told. */
  readonly durationMs: number;
  /** A player can begin with it. */
  readonly independent: boolean;
  readonly bytes: number;
  readonly path: string;
}

export interface RungPackagerOptions {
  /** The path of the file for the run's `index`th segment. */
  temporaryPath(index: number): string;
  /** The path of the file for its `part`th part, or null where players get whole segments only. */
  partPath(index: number, part: number): string | null;
  isBoundary(ptsMs: number): boolean;
  foresees(ptsMs: number, beganMs: number): boolean;
  /** In order: a part, the segment that ends behind the last part told of, or both at once. */
  onProgress(part: FinishedPart | null, segment: ClosedSegment | null): void;
  /** What arrives cannot be packaged, or the disk does not take it. */
  onError(error: Error): void;
}

interface OpenSegment {
  readonly path: string;
  readonly file: Promise<FileHandle>;
  startMs: number | null;
  endMs: number;
  /** Where its last part ends on the decoder's clock, which has no gaps between parts. */
  decodedToMs: number | null;
  partDurations: PartDurations | null;
  parts: number;
  bytes: number;
}

const headerBytes = 8;
/** A frame is at least 8 ms. */
const sameInstantMs = 5;

export class RungPackager {
  init: InitSegment | null = null;
  /** Up to where, in milliseconds of the run, there are pictures; null before the first fragment. */
  madeToMs: number | null = null;
  readonly #options: RungPackagerOptions;
  readonly #framer = new BoxFramer((box) => this.#box(box));
  #tracks: Track[] = [];
  #head: Buffer[] = [];
  #fragment: Box | null = null;
  #segment: OpenSegment | null = null;
  #index = 0;
  /** Everything that was asked of the disk so far, in order. */
  #disk: Promise<void> = Promise.resolve();
  #pendingBytes = 0;
  #failed = false;

  constructor(options: RungPackagerOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    if (this.#failed) return;
    try {
      this.#framer.push(chunk);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Bytes that wait for the disk. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Resolves when the disk has taken all that was pushed so far. */
  drained(): Promise<void> {
    return this.#disk;
  }

  /** The rung has ended in order: what is open becomes its last segment. */
  async finish(): Promise<void> {
    const segment = this.#segment;
    // Of parts that were told of, the sum.
    if (!this.#failed && segment !== null) this.#close(segment.decodedToMs ?? segment.endMs);
    await this.#disk;
  }

  /** The rung is given up: what is open is nobody's. */
  async abandon(): Promise<void> {
    this.#failed = true;
    const segment = this.#segment;
    this.#segment = null;
    await this.#disk;
    await segment?.file.then((file) => file.close()).catch(() => {});
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onError(error instanceof Error ? error : new Error(String(error)));
  }

  #box(box: Box): void {
    switch (box.type) {
      case "ftyp":
        this.#head = [...box.pieces];
        return;
      case "moov":
        this.#head.push(...box.pieces);
        this.#readHeader(Buffer.concat(box.pieces));
        return;
      case "moof":
        this.#fragment = box;
        return;
      case "mdat":
        if (this.#fragment !== null) this.#part(this.#fragment, box);
        this.#fragment = null;
    }
  }

  #readHeader(moov: Buffer): void {
    this.#tracks = parseMovieHeader(moov.subarray(headerBytes));
    const video = this.#tracks.find(({ kind }) => kind === "video");
    const audio = this.#tracks.find(({ kind }) => kind === "audio");
    this.init = {
      data: Buffer.concat(this.#head),
      codecs: [video, audio].flatMap((track) => (track === undefined ? [] : [track.codec])).join(","),
      width: video?.width ?? null,
      height: video?.height ?? null,
    };
    this.#head = [];
  }

  /** A `moof` and its `mdat`. */
  #part(moof: Box, mdat: Box): void {
    const header = moof.pieces.length === 1 ? moof.pieces[0]! : Buffer.concat(moof.pieces);
    const timings = parseMovieFragment(header.subarray(headerBytes), this.#tracks);
    const leadKind = this.#tracks.some(({ kind }) => kind === "video") ? "video" : "audio";
    const lead = timings.find(({ kind }) => kind === leadKind);
    if (lead?.keyframe && this.#options.isBoundary(lead.startMs)) this.#close(lead.startMs);
    this.#segment ??= this.#open();
    const segment = this.#segment;
    if (lead !== undefined) {
      segment.startMs ??= lead.startMs;
      segment.endMs = Math.max(segment.endMs, lead.endMs);
      this.madeToMs = lead.nextMs;
    }
    const bytes = moof.size + mdat.size;
    segment.bytes += bytes;
    const pieces = [...moof.pieces, ...mdat.pieces];
    this.#write(segment, pieces, bytes);
    const part = this.#finishPart(segment, lead ?? timings[0], pieces, bytes);
    // The next fragment comes when it is whole, a part's length from now; players need not wait for it. Keyframes are
    // shown when they are decoded, on the clock that negative composition offsets keep: while frames come at an even
    // pace. Where that clock is ahead of what is shown, pictures are still missing.
    const isAllShown = lead !== undefined && Math.abs(segment.endMs - lead.nextMs) < sameInstantMs;
    if (isAllShown && this.#options.foresees(lead.nextMs, segment.startMs ?? lead.startMs))
      this.#close(lead.nextMs, part);
    else if (part !== null) this.#queue(async () => this.#options.onProgress(part, null));
  }

  /** Null where there are no parts, and before the segment's first picture. */
  #finishPart(
    segment: OpenSegment,
    timing: TrackTiming | undefined,
    pieces: readonly Buffer[],
    bytes: number,
  ): FinishedPart | null {
    const path = this.#options.partPath(this.#index, segment.parts);
    if (path === null || segment.startMs === null || timing === undefined) return null;
    const from = segment.decodedToMs ?? timing.decodeMs;
    segment.decodedToMs = Math.max(from + 1, timing.nextMs);
    segment.partDurations ??= new PartDurations(from);
    segment.parts++;
    this.#queue(async () => {
      const file = await open(path, "w");
      try {
        await writeAll(file, pieces, bytes);
      } finally {
        await file.close();
      }
    });
    return {
      segmentStartMs: segment.startMs,
      endMs: segment.decodedToMs,
      durationMs: segment.partDurations.next(segment.decodedToMs),
      independent: timing.keyframe,
      bytes,
      path,
    };
  }

  #open(): OpenSegment {
    const path = this.#options.temporaryPath(this.#index);
    const file = open(path, "w");
    // Its failure is met where it is awaited; unawaited rejections would end the process.
    file.catch(() => {});
    return {
      path,
      file,
      startMs: null,
      endMs: 0,
      decodedToMs: null,
      partDurations: null,
      parts: 0,
      bytes: 0,
    };
  }

  #write(segment: OpenSegment, pieces: readonly Buffer[], bytes: number): void {
    this.#pendingBytes += bytes;
    this.#queue(async () => {
      await writeAll(await segment.file, pieces, bytes);
      this.#pendingBytes -= bytes;
    });
  }

  /** `part` is the segment's last one where nobody was told of it yet. */
  #close(endMs: number, part: FinishedPart | null = null): void {
    const segment = this.#segment;
    this.#segment = null;
    if (segment === null) return;
    const shut = async () => (await segment.file).close();
    const { startMs, bytes, path } = segment;
    if (startMs === null) {
      this.#queue(shut, shut);
      return;
    }
    this.#index++;
    this.#queue(async () => {
      await shut();
      this.#options.onProgress(part, { startMs, endMs, bytes, path });
    }, shut);
  }

  /** `work` follows all that was queued before it; `instead` is done when the rung has failed by then. */
  #queue(work: () => Promise<void>, instead?: () => Promise<void>): void {
    this.#disk = this.#disk
      .then(() => (this.#failed ? instead?.() : work()))
      .catch((error) => this.#fail(error));
  }
}

async function writeAll(file: FileHandle, pieces: readonly Buffer[], bytes: number): Promise<void> {
  const { bytesWritten } = await file.writev(pieces);
  if (bytesWritten !== bytes)
    throw new Error(`only ${bytesWritten} of ${bytes} bytes were written: is the disk full?`);
}
