/** One life of one FFmpeg: source tags in, groups of aligned segments out. */
import { aacTagBody, flvHeader, flvTagFrame, type TagType, tagTypes } from "../ingest/flv-tag.ts";
import { silentConfiguration } from "../ingest/silent-audio.ts";
import { ffmpegArguments, type RunTiming } from "../ladder/ffmpeg-arguments.ts";
import { FfmpegProcess } from "../ladder/ffmpeg-process.ts";
import type { PricedPlan, Slot } from "../ladder/ladder-plan.ts";
import { type InitSegment, RungPackager } from "../packager/rung-packager.ts";
import type { SegmentCuts } from "../packager/segment-cuts.ts";
import {
  type GroupEvent,
  type PartGroup,
  type SegmentGroup,
  SegmentGroups,
} from "../packager/segment-groups.ts";
import type { SegmentStore } from "../packager/segment-store.ts";
import type { SourceEpoch, SourceTag } from "./source-epoch.ts";

export interface LadderRunOptions {
  readonly id: number;
  readonly ffmpegPath: string;
  readonly plan: PricedPlan;
  /** Of the broadcast, that the plan was made for. */
  readonly slots: readonly Slot[];
  readonly cuts: SegmentCuts;
  readonly epoch: SourceEpoch;
  /** The first tag's decode time on the broadcast's clock. */
  readonly firstDtsMs: number;
  /** On the broadcast's clock: nothing shown before it is wanted; null for all. */
  readonly trimMs: number | null;
  readonly timing: Omit<RunTiming, "trimSeconds">;
  /** Players get parts. */
  readonly parts: boolean;
  readonly store: SegmentStore;
  /** Every rung has sent its header. */
  onHeaders(): void;
  /** Parts of a segment that is not whole yet. Times are on the broadcast's clock. */
  onParts(parts: readonly PartGroup[]): void;
  /** `parts` are those that were not told of before. */
  onGroup(group: SegmentGroup, parts: readonly PartGroup[]): void;
  /** FFmpeg has taken what it was given. */
  onDrain(): void;
}

export type RunEnd =
  | { readonly kind: "finished" }
  | { readonly kind: "aborted" }
  | { readonly kind: "misaligned"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/** FFmpeg's clock begins here, so that what encoders put before the first sample is not before zero. */
const runStartMs = 10_000;
/** A slow machine may have much to encode when its source ends. */
const finishMs = 30_000;
const fullStdinBytes = 1024 * 1024;
const fullDiskBytes = 8 * 1024 * 1024;

export class LadderRun {
  /** Resolves when the process is gone and its files are closed. Never rejects. */
  readonly ended: Promise<RunEnd>;
  readonly #options: LadderRunOptions;
  readonly #offsetMs: number;
  readonly #process: FfmpegProcess;
  readonly #packagers: readonly RungPackager[];
  readonly #groups: SegmentGroups;
  #proven: boolean;
  readonly #held: PartGroup[] = [];
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  #begun = false;
  #headed = false;
  #finishing = false;
  #overdue: NodeJS.Timeout | null = null;
  #verdict: RunEnd | null = null;

  constructor(options: LadderRunOptions) {
    this.#options = options;
    this.#offsetMs = runStartMs - options.firstDtsMs;
    const { plan, timing, trimMs } = options;
    this.#proven = !plan.rungs.some((rung) => rung.copied && rung.width !== null);
    const trimSeconds = trimMs === null ? null : (trimMs + this.#offsetMs) / 1000;
    const args = ffmpegArguments(plan, { ...timing, trimSeconds });
    this.#groups = new SegmentGroups(plan.rungs.length);
    this.#packagers = plan.rungs.map((rung, index) => this.#packager(rung.slot, index));
    this.#process = new FfmpegProcess(options.ffmpegPath, args, plan.rungs.length);
    this.#process.outputs.forEach((output, index) => {
      const packager = this.#packagers[index]!;
      output.on("data", (chunk: Buffer) => {
        packager.push(chunk);
        if (!this.#headed && this.inits !== null) {
          this.#headed = true;
          options.onHeaders();
        }
        if (packager.pendingBytes < fullDiskBytes) return;
        output.pause();
        void packager.drained().then(() => output.resume());
      });
    });
    this.#process.stdin.on("drain", () => options.onDrain());
    this.ended = this.#end();
  }

  get epoch(): SourceEpoch {
    return this.#options.epoch;
  }

  get plan(): PricedPlan {
    return this.#options.plan;
  }

  get slots(): readonly Slot[] {
    return this.#options.slots;
  }

  get cuts(): SegmentCuts {
    return this.#options.cuts;
  }

  get id(): number {
    return this.#options.id;
  }

  /** Where the clock of what it makes is zero, on the broadcast's. */
  get zeroMs(): number {
    return -this.#offsetMs;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Null until every rung has sent its header; always there before the first group. */
  get inits(): InitSegment[] | null {
    const inits = this.#packagers.map((packager) => packager.init);
    return inits.every((init) => init !== null) ? inits : null;
  }

  /** Up to where every rung has pictures, on the broadcast's clock; null until each has some. */
  get madeToMs(): number | null {
    let least = Number.POSITIVE_INFINITY;
    for (const { madeToMs } of this.#packagers) least = Math.min(least, madeToMs ?? Number.NEGATIVE_INFINITY);
    return Number.isFinite(least) ? least - this.#offsetMs : null;
  }

  /** Where it began, on the broadcast's clock: what is before is not its to make. */
  get beganMs(): number {
    return this.#options.trimMs ?? this.#options.firstDtsMs;
  }

  /** It was given something, and may be given more. */
  get underWay(): boolean {
    return this.#begun && !this.#finishing && this.#verdict === null;
  }

  /** False when FFmpeg has enough for now: wait for `onDrain`. */
  get accepting(): boolean {
    const waiting = this.#process.stdin.writableLength + this.#piecesBytes;
    return !this.#finishing && this.#verdict === null && waiting < fullStdinBytes;
  }

  /** Gathers a tag; `flush` sends what was gathered. */
  write(tag: SourceTag): void {
    if (!this.#begun) {
      this.#begun = true;
      this.#writeHeaders();
    }
    this.#writeTag(tag.type, tag.dtsMs + this.#offsetMs, tag.body);
  }

  /** In one write: a stream's write costs more than copying a few frames. */
  flush(): void {
    if (this.#pieces.length === 0) return;
    if (!this.#finishing && this.#verdict === null) this.#process.stdin.write(Buffer.concat(this.#pieces));
    this.#pieces = [];
    this.#piecesBytes = 0;
  }

  /** No more source: what FFmpeg holds comes out, then it ends. */
  finish(): void {
    if (this.#finishing) return;
    this.flush();
    this.#finishing = true;
    this.#process.stdin.end();
    this.#overdue = setTimeout(() => {
      void this.abort({ kind: "failed", reason: `FFmpeg did not end within ${finishMs} ms of its input` });
    }, finishMs);
  }

  /** Gives the run up, with what it has not published. */
  async abort(end: RunEnd = { kind: "aborted" }): Promise<void> {
    this.#verdict ??= end;
    await this.#process.kill();
  }

  #packager(slot: number, rung: number): RungPackager {
    const { store, id, cuts, parts } = this.#options;
    return new RungPackager({
      temporaryPath: (index) => store.temporaryPath(slot, id, index),
      partPath: (index, part) => (parts ? store.temporaryPartPath(slot, id, index, part) : null),
      isBoundary: (ptsMs) => cuts.isBoundary(ptsMs - this.#offsetMs),
      foresees: (ptsMs, beganMs) => cuts.foresees(ptsMs - this.#offsetMs, beganMs - this.#offsetMs),
      onProgress: (part, segment) => {
        if (this.#verdict !== null) return;
        for (const event of this.#groups.add(rung, part, segment)) this.#tell(event);
      },
      onError: (error) => void this.abort({ kind: "failed", reason: error.message }),
    });
  }

  #tell(event: GroupEvent): void {
    if (event.kind === "misaligned") {
      const reason = `renditions begin a segment at ${event.starts.join(", ")} ms`;
      void this.abort({ kind: "misaligned", reason });
      return;
    }
    const parts = event.parts.map((group) => ({
      ...group,
      segmentStartMs: group.segmentStartMs - this.#offsetMs,
      endMs: group.endMs - this.#offsetMs,
    }));
    if (event.kind === "parts") {
      // Whether a source can be copied is known when its first segment has closed: nobody is told of one that cannot.
      if (this.#proven) this.#options.onParts(parts);
      else this.#held.push(...parts);
      return;
    }
    this.#proven = true;
    const { startMs, endMs, segments } = event.group;
    const group = { startMs: startMs - this.#offsetMs, endMs: endMs - this.#offsetMs, segments };
    this.#options.onGroup(group, [...this.#held.splice(0), ...parts]);
  }

  #writeHeaders(): void {
    const { epoch } = this.#options;
    this.#pieces.push(flvHeader(true, true));
    this.#writeTag(tagTypes.video, runStartMs, epoch.video.header);
    const sound = epoch.audio === null ? aacTagBody(0, silentConfiguration) : epoch.audio.header;
    if (sound !== null) this.#writeTag(tagTypes.audio, runStartMs, sound);
  }

  #writeTag(type: TagType, timestampMs: number, body: Buffer): void {
    const [head, tail] = flvTagFrame(type, Math.max(0, timestampMs), body.length);
    this.#pieces.push(head, body, tail);
    this.#piecesBytes += head.length + body.length + tail.length;
  }

  async #end(): Promise<RunEnd> {
    const exit = await this.#process.exited;
    if (this.#overdue !== null) clearTimeout(this.#overdue);
    if (this.#verdict === null && exit.kind === "done" && this.#finishing) {
      await Promise.all(this.#packagers.map((packager) => packager.finish()));
      return this.#verdict ?? { kind: "finished" };
    }
    await Promise.all(this.#packagers.map((packager) => packager.abandon()));
    return this.#verdict ?? { kind: "failed", reason: exit.detail };
  }
}
