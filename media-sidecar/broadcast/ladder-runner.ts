/** Keeps a ladder run going for whatever the buffer holds: one at a time, in order, again when it dies. */
import type { Log } from "../../edge/protocol/log.ts";
import type { LatencyMode } from "../../edge/protocol/streams.ts";
import {
  type LadderLimits,
  type LadderPlan,
  type LadderSource,
  type LadderStep,
  planRungs,
  planSlots,
  type Slot,
} from "../ladder/ladder-plan.ts";
import { fragmentSeconds } from "../packager/part-length.ts";
import { ForcedCuts, type SegmentPace, SourceCuts } from "../packager/segment-cuts.ts";
import type { PartGroup, SegmentGroup } from "../packager/segment-groups.ts";
import type { SegmentPublisher } from "../packager/segment-publisher.ts";
import { LadderRun, type RunEnd } from "./ladder-run.ts";
import { isVideo, type SourceBuffer } from "./source-buffer.ts";
import type { SourceEpoch } from "./source-epoch.ts";

export interface LadderRunnerOptions {
  readonly ffmpegPath: string;
  readonly pace: SegmentPace;
  readonly latencyMode: LatencyMode;
  readonly ladder: readonly LadderStep[];
  readonly buffer: SourceBuffer;
  readonly publisher: SegmentPublisher;
  readonly log: Log;
  onParts(run: LadderRun, parts: readonly PartGroup[]): void;
  onGroup(run: LadderRun, group: SegmentGroup, parts: readonly PartGroup[]): void;
  /** A run began: what it makes is new. */
  onPlan(plan: LadderPlan): void;
  onKeyframesTooFar(epoch: SourceEpoch): void;
  /** The machine is too slow: `shed` rungs are left out from now on. */
  onOverload(shed: number): void;
  /** Runs end again and again without a segment; false when one was made after all. */
  onFailing(failing: boolean): void;
  /** Of the source, counted or announced. */
  frameRate(): number | null;
}

const retryMs = [100, 500, 1000, 2000, 5000, 10_000];
/** Source that FFmpeg has not turned into segments: beyond this it will not catch up. */
const mostBufferedMs = 25_000;
/** Published source that is kept only because its keyframe would be needed to begin again. */
const mostHeldMs = 60_000;
const mostBufferedBytes = 96 * 1024 * 1024;
const leastRunMs = 300;
/** What a crash may cost of a recording. */
const fragmentOfStandard = 0.5;
/** Boundaries come back from FFmpeg in its own units. */
const sameInstantMs = 5;
/** After so many failures at one place, that place is left out. */
const patience = 2;

export class LadderRunner {
  readonly #options: LadderRunnerOptions;
  #run: LadderRun | null = null;
  #retry: NodeJS.Timeout | null = null;
  #failures = 0;
  #shedRungs = 0;
  #nextRun: number;
  /** Where the last group of this epoch ended: an encoded run that begins anew drops what is before it. */
  #publishedTo: { epoch: SourceEpoch; ptsMs: number } | null = null;
  #idle: (() => void)[] = [];
  #startedAt = 0;
  #stopped = false;
  #starting = false;

  constructor(options: LadderRunnerOptions) {
    this.#options = options;
    this.#nextRun = options.publisher.nextRun;
  }

  get pid(): number | undefined {
    return this.#run?.pid;
  }

  /** There is something new in the buffer, or an epoch was closed. */
  pump(): void {
    if (this.#stopped) return;
    this.#shedLoad();
    const run = this.#run;
    if (run === null) {
      this.#begin();
      return;
    }
    this.#feed(run);
    run.flush();
    const tag = this.#options.buffer.next();
    if (tag === null ? run.epoch.closed : tag.epoch !== run.epoch) run.finish();
  }

  /** Resolves when all that was fed is handed over to the publisher. */
  async idle(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Ends what runs, whatever it holds. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#run?.abort();
    for (const done of this.#idle.splice(0)) done();
  }

  #isIdle(): boolean {
    return this.#stopped || (this.#run === null && !this.#starting && this.#options.buffer.next() === null);
  }

  #feed(run: LadderRun): void {
    const { buffer } = this.#options;
    while (run.accepting) {
      const tag = buffer.next();
      if (tag === null || tag.epoch !== run.epoch) return;
      if (isVideo(tag)) {
        if (tag.keyframe) run.cuts.sourceKeyframe(tag.ptsMs);
        else if (run.cuts.isLate(tag.ptsMs)) {
          this.#giveUpCopying(run);
          return;
        }
      }
      buffer.advance();
      run.write(tag);
    }
  }

  /** What is in the making begins again at its keyframe, encoded. */
  #giveUpCopying(run: LadderRun): void {
    run.epoch.copyRefused = true;
    this.#options.onKeyframesTooFar(run.epoch);
    void run.abort();
  }

  #begin(): void {
    const tag = this.#options.buffer.next();
    if (tag === null) {
      if (this.#isIdle()) for (const done of this.#idle.splice(0)) done();
      return;
    }
    if (this.#retry !== null || this.#starting) return;
    if (this.#skipWhatPlayersHave(tag.epoch, tag.ptsMs)) {
      this.#begin();
      return;
    }
    // A source that changes with every frame must not become a process for every frame.
    const early = this.#startedAt + leastRunMs - Date.now();
    if (early > 0) {
      this.#tryAgain(early);
      return;
    }
    this.#startedAt = Date.now();
    this.#starting = true;
    void this.#start(tag.epoch, tag.dtsMs, tag.ptsMs)
      .catch((error) => this.#failed(tag.epoch, { kind: "failed", reason: String(error) }))
      .finally(() => {
        this.#starting = false;
        this.pump();
      });
  }

  /**
   * Players may have parts of what begins here: a copy goes on at the next keyframe, for a run that is encoded whole
   * begins where they end. True when something was skipped.
   */
  #skipWhatPlayersHave(epoch: SourceEpoch, firstPtsMs: number): boolean {
    const { buffer, publisher } = this.#options;
    if (this.#publishedTo?.epoch !== epoch || publisher.slots === null) return false;
    const { ptsMs } = this.#publishedTo;
    if (ptsMs <= firstPtsMs + sameInstantMs) return false;
    if (!this.#plan(epoch, publisher.slots).rungs.some((rung) => rung.copied)) return false;
    buffer.skipTo(epoch, ptsMs - sameInstantMs);
    return true;
  }

  #tryAgain(afterMs: number): void {
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.pump();
    }, afterMs);
  }

  #source(epoch: SourceEpoch): LadderSource {
    const { video, blank, audio, videoKbps } = epoch;
    const counted = blank ? null : this.#options.frameRate();
    return { video, blank, audio, frameRate: counted ?? epoch.frameRate, videoKbps };
  }

  #plan(epoch: SourceEpoch, slots: readonly Slot[]): LadderPlan {
    const limits: LadderLimits = { copyAllowed: !epoch.copyRefused, shedRungs: this.#shedRungs };
    return planRungs(slots, this.#source(epoch), limits);
  }

  async #start(epoch: SourceEpoch, firstDtsMs: number, firstPtsMs: number): Promise<void> {
    const { publisher, pace, ladder, latencyMode } = this.#options;
    const source = this.#source(epoch);
    if (publisher.slots === null) publisher.begin(planSlots(source, ladder));
    const slots = publisher.slots!;
    await publisher.settled();
    await publisher.store.prepare(slots.length);
    if (this.#stopped) return;
    const plan = this.#plan(epoch, slots);
    const published = this.#publishedTo?.epoch === epoch ? this.#publishedTo.ptsMs : null;
    const copies = plan.rungs.some((rung) => rung.copied);
    const run = new LadderRun({
      id: this.#nextRun++,
      ffmpegPath: this.#options.ffmpegPath,
      plan,
      cuts: copies
        ? new SourceCuts(pace, publisher.targetDuration)
        : new ForcedCuts(pace, publisher.targetDuration),
      epoch,
      firstDtsMs,
      trimMs: !copies && published !== null && published > firstPtsMs ? published : null,
      timing: {
        segmentSeconds: pace.targetSeconds,
        partSeconds: latencyMode === "low" ? fragmentSeconds(source.frameRate) : fragmentOfStandard,
        latencyMode,
      },
      parts: publisher.partTargetSeconds !== null,
      store: publisher.store,
      onParts: (parts) => {
        this.#publishedTo = { epoch, ptsMs: parts.at(-1)!.endMs };
        this.#options.onParts(run, parts);
      },
      onGroup: (group, parts) => this.#group(run, group, parts),
      onDrain: () => this.pump(),
    });
    this.#run = run;
    this.#options.onPlan(plan);
    void run.ended.then((end) => this.#ended(run, end));
  }

  #group(run: LadderRun, group: SegmentGroup, parts: readonly PartGroup[]): void {
    if (this.#failures > patience) this.#options.onFailing(false);
    this.#failures = 0;
    this.#publishedTo = { epoch: run.epoch, ptsMs: group.endMs };
    this.#options.onGroup(run, group, parts);
    this.#options.buffer.release(run.epoch, group.endMs);
  }

  #ended(run: LadderRun, end: RunEnd): void {
    const { buffer, publisher } = this.#options;
    this.#run = null;
    publisher.closeOpen();
    if (end.kind === "finished") {
      buffer.releaseEpoch(run.epoch);
      this.#failures = 0;
    } else {
      if (end.kind === "misaligned") run.epoch.copyRefused = true;
      if (end.kind !== "aborted") this.#failed(run.epoch, end);
      buffer.rewind();
    }
    if (this.#stopped) return;
    this.pump();
  }

  #failed(epoch: SourceEpoch, end: { kind: string; reason: string }): void {
    this.#failures++;
    const failures = this.#failures;
    this.#options.log.warn("ladder.failed", { kind: end.kind, reason: end.reason, failures });
    if (failures > patience) this.#options.onFailing(true);
    this.#leaveOut(epoch);
    if (this.#retry === null) this.#tryAgain(retryMs[Math.min(failures, retryMs.length) - 1]!);
  }

  /** A place in the source that kills FFmpeg each time is not tried for ever. */
  #leaveOut(epoch: SourceEpoch): void {
    if (this.#failures <= patience) return;
    const { buffer, log } = this.#options;
    if (epoch.closed) {
      buffer.releaseEpoch(epoch);
      log.warn("ladder.left-out", { epoch: epoch.id });
    } else {
      log.warn("ladder.left-out", { lostMs: buffer.skipToNewest() });
    }
  }

  /** Bounds what is held in memory, whatever FFmpeg and the disk do. */
  #shedLoad(): void {
    const { buffer, log } = this.#options;
    const full = buffer.bytes > mostBufferedBytes;
    if (buffer.unpublishedMs < mostBufferedMs && !full) {
      // All of it is published but for the end of a very long group of pictures.
      if (buffer.spanMs > mostHeldMs) buffer.forgetFed();
      return;
    }
    const lostMs = buffer.skipToNewest();
    const run = this.#run;
    log.warn("ladder.overload", { lostMs, running: run !== null });
    if (run === null) return;
    if (run.plan.rungs.length > 1) {
      this.#shedRungs++;
      this.#options.onOverload(this.#shedRungs);
    }
    void run.abort();
  }
}
