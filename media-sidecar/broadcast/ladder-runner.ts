/** Keeps a ladder run going for whatever the buffer holds: one at a time, in order, again when it dies. */
import type { Log } from "../../edge/protocol/log.ts";
import type { LatencyMode } from "../../edge/protocol/streams.ts";
import type { EncodingShare, LadderOrder } from "../admission/encoding-share.ts";
import { type LadderStep, type PricedPlan, planSlots } from "../ladder/ladder-plan.ts";
import { fragmentSeconds } from "../packager/part-length.ts";
import { ForcedCuts, type SegmentPace, SourceCuts } from "../packager/segment-cuts.ts";
import type { PartGroup, SegmentGroup } from "../packager/segment-groups.ts";
import type { SegmentPublisher } from "../packager/segment-publisher.ts";
import type { EncodingLoad } from "./ladder-load.ts";
import { LadderPlanner } from "./ladder-planner.ts";
import { LadderRun, type RunEnd } from "./ladder-run.ts";
import { LadderWatch } from "./ladder-watch.ts";
import { isVideo, type SourceBuffer } from "./source-buffer.ts";
import type { SourceEpoch } from "./source-epoch.ts";

export interface LadderRunnerOptions {
  readonly ffmpegPath: string;
  readonly pace: SegmentPace;
  readonly latencyMode: LatencyMode;
  readonly ladder: readonly LadderStep[];
  readonly buffer: SourceBuffer;
  readonly publisher: SegmentPublisher;
  /** Its orders are for `order`. */
  readonly share: EncodingShare;
  readonly log: Log;
  onParts(run: LadderRun, parts: readonly PartGroup[]): void;
  onGroup(run: LadderRun, group: SegmentGroup, parts: readonly PartGroup[]): void;
  /** A run began: what it makes, and leaves out, is new. */
  onPlan(plan: PricedPlan): void;
  onKeyframesTooFar(epoch: SourceEpoch): void;
  /** The machine is too slow even for the smallest ladder; false when it keeps up after all. */
  onStuck(stuck: boolean): void;
  /** A new broadcast that has to be encoded does not fit on this machine: the runner has stopped. */
  onNoRoom(leastCost: number): void;
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
  readonly #planner: LadderPlanner;
  readonly #watch: LadderWatch;
  #run: LadderRun | null = null;
  /** The run that is to end before the next keyframe of its source, for another one with another plan. */
  #turning: LadderRun | null = null;
  #retry: NodeJS.Timeout | null = null;
  #failures = 0;
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
    this.#planner = new LadderPlanner(options.share, options.frameRate);
    this.#watch = new LadderWatch({
      ...options,
      planner: this.#planner,
      run: () => this.#run,
      newestMs: () => options.buffer.newestMs,
    });
  }

  get load(): EncodingLoad {
    return this.#watch.load;
  }

  /** What the machine's encoding desk wants of this ladder. Players go on: slots without a rung show the next lower one. */
  order(order: LadderOrder): void {
    const run = this.#run;
    if (order === "grow") this.#planner.bringBackOne();
    if (order === "shed" && run !== null) this.#planner.shedOne(run.plan);
    if (run === null || !run.underWay) return;
    const { rungs } = this.#planner.plan(run.epoch, run.slots);
    if (rungs.length === run.plan.rungs.length) return;
    this.#options.log.warn("ladder.changed", {
      cause: order,
      from: run.plan.rungs.map(({ name }) => name),
      to: rungs.map(({ name }) => name),
    });
    // A copy that begins anew in the middle of what low-latency players have would lose that: it can wait for a second.
    const copies = run.plan.rungs.some((rung) => rung.copied);
    if (order === "grow" || (copies && this.#options.latencyMode === "low")) this.#turning = run;
    // What it has not published yet is made again from its keyframe, which a smaller ladder does faster.
    else void run.abort();
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
    this.#watch.stop();
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
        if (tag.keyframe && this.#turning === run && run.underWay) {
          run.finish();
          return;
        }
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
    if (!this.#planner.plan(epoch, publisher.slots).rungs.some((rung) => rung.copied)) return false;
    buffer.skipTo(epoch, ptsMs - sameInstantMs);
    return true;
  }

  #tryAgain(afterMs: number): void {
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.pump();
    }, afterMs);
  }

  async #start(epoch: SourceEpoch, firstDtsMs: number, firstPtsMs: number): Promise<void> {
    const { publisher, pace, ladder, latencyMode, share } = this.#options;
    await share.ready;
    const source = this.#planner.source(epoch);
    if (publisher.slots === null) publisher.begin(planSlots(source, ladder));
    const slots = publisher.slots!;
    await publisher.settled();
    await publisher.store.prepare(slots.length);
    if (this.#stopped) return;
    const plan = this.#planner.plan(epoch, slots);
    const copies = plan.rungs.some((rung) => rung.copied);
    // Viewers of a broadcast that has begun keep its lowest rendition, whatever it costs the others.
    if (!copies && !publisher.playable && !share.fits(plan.leastCost)) {
      this.#options.onNoRoom(plan.leastCost);
      void this.stop();
      return;
    }
    share.promise(plan);
    const published = this.#publishedTo?.epoch === epoch ? this.#publishedTo.ptsMs : null;
    const run = new LadderRun({
      id: this.#nextRun++,
      ffmpegPath: this.#options.ffmpegPath,
      plan,
      slots,
      cuts: copies
        ? new SourceCuts(pace, publisher.targetDuration)
        : new ForcedCuts(pace, publisher.targetDuration),
      epoch,
      firstDtsMs,
      // The source's whole milliseconds may be just short of the grid's times.
      trimMs: !copies && published !== null && published > firstPtsMs ? published - sameInstantMs : null,
      timing: {
        segmentSeconds: pace.targetSeconds,
        partSeconds: latencyMode === "low" ? fragmentSeconds(source.frameRate) : fragmentOfStandard,
        latencyMode,
        encoder: share.encoder,
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
      // All that it was given is published, and what follows was given to nobody yet.
      buffer.forgetFed();
      this.#publishedTo = null;
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
    if (failures > patience && this.#options.share.encoder !== "libx264") {
      this.#options.share.encoderFailed();
      this.#failures = 0;
    } else {
      if (failures > patience) this.#options.onFailing(true);
      this.#leaveOut(epoch);
    }
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
    if (run.plan.nextSparing > 0) this.#planner.shedOne(run.plan);
    else this.#watch.hasSkipped();
    void run.abort();
  }
}
