import type { LadderOrder } from "../admission/encoding-share.ts";
import { planSlots } from "../ladder/ladder-plan.ts";
import { fragmentSeconds } from "../packager/part-length.ts";
import { ForcedCuts, SourceCuts } from "../packager/segment-cuts.ts";
import type { PartGroup, SegmentGroup } from "../packager/segment-groups.ts";
import { LadderFailures } from "./ladder-failures.ts";
import type { EncodingLoad } from "./ladder-load.ts";
import { LadderPlanner } from "./ladder-planner.ts";
import { LadderRun, type RunEnd } from "./ladder-run.ts";
import type { LadderRunnerOptions } from "./ladder-runner-options.ts";
import { LadderWatch } from "./ladder-watch.ts";
import { isVideo } from "./source-buffer.ts";
import type { SourceEpoch } from "./source-epoch.ts";

const leastRunMs = 300;
/** What a crash may cost of a recording. */
const fragmentOfStandard = 0.5;
/** Boundaries come back from FFmpeg in its own units. */
const sameInstantMs = 5;

export class LadderRunner {
  readonly #options: LadderRunnerOptions;
  readonly #planner: LadderPlanner;
  readonly #watch: LadderWatch;
  #run: LadderRun | null = null;
  /** The run that is to end before the next keyframe of its source, for another one with another plan. */
  #turning: LadderRun | null = null;
  #retry: NodeJS.Timeout | null = null;
  readonly #failures = new LadderFailures();
  #nextRun: number;
  /** Where the last group of this epoch ended: an encoded run that begins anew drops what is before it. */
  #publishedTo: { epoch: SourceEpoch; ptsMs: number } | null = null;
  #idle: (() => void)[] = [];
  /** Of `performance.now`: a clock that was put back would hold the next run up. */
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #stopped = false;
  #starting = false;
  /** The directories of the run that begins. */
  #preparing: Promise<void> = Promise.resolve();

  constructor(options: LadderRunnerOptions) {
    this.#options = options;
    this.#nextRun = options.publisher.nextRun;
    this.#planner = new LadderPlanner(options);
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
    // The next run is planned anew anyway.
    if (run === null || !run.underWay) return;
    const change = this.#planner.change(order, run.plan, run.epoch, run.slots);
    if (change === null) return;
    this.#options.log.warn("ladder.changed", {
      cause: order,
      from: run.plan.rungs.map(({ name }) => name),
      to: change.rungs.map(({ name }) => name),
    });
    if (change.when === "keyframe") this.#turning = run;
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

  /** Ends what runs, whatever it holds; nothing writes to the disk any more when this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watch.stop();
    if (this.#retry !== null) clearTimeout(this.#retry);
    const run = this.#run;
    await run?.abort();
    // Where FFmpeg has ended, a last file may still be on its way to the disk.
    await run?.ended;
    await this.#preparing;
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
    const early = this.#startedAtMs + leastRunMs - performance.now();
    if (early > 0) {
      this.#tryAgain(early);
      return;
    }
    this.#startedAtMs = performance.now();
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
    if (this.#stopped) return;
    const prepared = publisher.store.prepare(slots.length);
    this.#preparing = prepared.catch(() => {});
    await prepared;
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
      onHeaders: () => this.#options.onHeaders(run),
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
    if (this.#failures.made()) this.#options.onFailing(false);
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
      this.#failures.made();
    } else {
      if (end.kind === "misaligned") run.epoch.copyRefused = true;
      if (end.kind !== "aborted") this.#failed(run.epoch, end);
      buffer.rewind();
    }
    if (this.#stopped) return;
    this.pump();
  }

  #failed(epoch: SourceEpoch, end: { kind: string; reason: string }): void {
    const { share, log } = this.#options;
    const { remedy, afterMs } = this.#failures.failed(share.encoder !== "libx264");
    log.warn("ladder.failed", { kind: end.kind, reason: end.reason, failures: this.#failures.count });
    if (remedy === "other-encoder") share.encoderFailed();
    if (remedy === "leave-out") {
      this.#options.onFailing(true);
      this.#leaveOut(epoch);
    }
    if (this.#retry === null) this.#tryAgain(afterMs);
  }

  /** A place in the source that kills FFmpeg each time is not tried for ever. */
  #leaveOut(epoch: SourceEpoch): void {
    const { buffer, log } = this.#options;
    if (epoch.closed) {
      buffer.releaseEpoch(epoch);
      log.warn("ladder.left-out", { epoch: epoch.id });
    } else {
      log.warn("ladder.left-out", { lostMs: buffer.skipToNewest() });
    }
  }

  /** The last resort: source is skipped, and less is made of what follows. */
  #shedLoad(): void {
    const lostMs = this.#options.buffer.giveUpExcess();
    if (lostMs === null) return;
    const run = this.#run;
    this.#options.log.warn("ladder.overload", { lostMs, running: run !== null });
    if (run === null) return;
    if (run.plan.nextSparing > 0) this.#planner.shedOne(run.plan);
    else this.#watch.hasSkipped();
    void run.abort();
  }
}
