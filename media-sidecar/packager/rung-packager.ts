/** One rung of one run: frames its fragmented MP4 into parts, and parts into segment files. */
import { type FileHandle, open } from "node:fs/promises";
import { type Box, BoxFramer } from "./box-framer.ts";
import { parseMovieFragment } from "./movie-fragment.ts";
import { parseMovieHeader, type Track } from "./movie-header.ts";

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

export interface RungPackagerOptions {
  /** The path of the file for the run's `index`th segment. */
  temporaryPath(index: number): string;
  isBoundary(ptsMs: number): boolean;
  foresees(ptsMs: number): boolean;
  /** In order; `index` counts from 0. */
  onSegment(index: number, segment: ClosedSegment): void;
  /** What arrives cannot be packaged, or the disk does not take it. */
  onError(error: Error): void;
}

interface OpenSegment {
  readonly path: string;
  readonly file: Promise<FileHandle>;
  startMs: number | null;
  endMs: number;
  bytes: number;
}

const headerBytes = 8;

export class RungPackager {
  init: InitSegment | null = null;
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
    if (!this.#failed) this.#close(this.#segment?.endMs ?? 0);
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
    }
    segment.bytes += moof.size + mdat.size;
    this.#write(segment, [...moof.pieces, ...mdat.pieces]);
    // The next fragment comes when it is whole, a part's length from now; players need not wait for it. Keyframes are
    // shown when they are decoded, on the clock that negative composition offsets keep.
    if (lead !== undefined && this.#options.foresees(lead.nextMs)) this.#close(lead.nextMs);
  }

  #open(): OpenSegment {
    const path = this.#options.temporaryPath(this.#index);
    const file = open(path, "w");
    // Its failure is met where it is awaited; unawaited rejections would end the process.
    file.catch(() => {});
    return { path, file, startMs: null, endMs: 0, bytes: 0 };
  }

  #write(segment: OpenSegment, pieces: readonly Buffer[]): void {
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#pendingBytes += size;
    this.#queue(async () => {
      const file = await segment.file;
      const { bytesWritten } = await file.writev(pieces);
      this.#pendingBytes -= size;
      if (bytesWritten !== size)
        throw new Error(`only ${bytesWritten} of ${size} bytes were written: is the disk full?`);
    });
  }

  #close(endMs: number): void {
    const segment = this.#segment;
    this.#segment = null;
    if (segment === null) return;
    const shut = async () => (await segment.file).close();
    const { startMs, bytes, path } = segment;
    if (startMs === null) {
      this.#queue(shut, shut);
      return;
    }
    const index = this.#index++;
    this.#queue(async () => {
      await shut();
      this.#options.onSegment(index, { startMs, endMs, bytes, path });
    }, shut);
  }

  /** `work` follows all that was queued before it; `instead` is done when the rung has failed by then. */
  #queue(work: () => Promise<void>, instead?: () => Promise<void>): void {
    this.#disk = this.#disk
      .then(() => (this.#failed ? instead?.() : work()))
      .catch((error) => this.#fail(error));
  }
}
