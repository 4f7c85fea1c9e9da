import { randomBase64Url } from "../../edge/protocol/identifier.ts";
import { type EncodingShare, type LadderOrder, unlimitedShare } from "../admission/encoding-share.ts";
import type { BroadcastLook } from "../health/stream-health.ts";
import { RtmpPlayer } from "../ingest/rtmp-player.ts";
import { type PricedPlan, standardLadder } from "../ladder/ladder-plan.ts";
import { type JournalContent, journalPath, readJournal } from "../packager/journal.ts";
import { partTargetSeconds } from "../packager/part-length.ts";
import { PlaylistDesk } from "../packager/playlist-desk.ts";
import { segmentPaces } from "../packager/segment-cuts.ts";
import type { PartGroup, SegmentGroup } from "../packager/segment-groups.ts";
import { SegmentPublisher } from "../packager/segment-publisher.ts";
import type { PublishableRun } from "../packager/timeline-writer.ts";
import { declareRenditions, describeRenditions } from "./broadcast-description.ts";
import { BroadcastReporter } from "./broadcast-reporter.ts";
import type { BroadcastSettings } from "./broadcast-settings.ts";
import type { EncodingLoad } from "./ladder-load.ts";
import type { LadderRun } from "./ladder-run.ts";
import { LadderRunner } from "./ladder-runner.ts";
import { describeShed, noRoomAdvice, shedWarning } from "./ladder-words.ts";
import { LastMedia } from "./last-media.ts";
import { SourceBuffer } from "./source-buffer.ts";
import { SourceFacts } from "./source-facts.ts";
import { SourceIntake } from "./source-intake.ts";

export type { BroadcastReport, BroadcastSettings } from "./broadcast-settings.ts";

const defaultWindowSeconds = 120;
const flushMs = 10_000;

function newPrefix(): string {
  return `seg_${randomBase64Url(18)}`;
}

/**
 * One broadcast of one stream, from the first publish to `#EXT-X-ENDLIST`: pulls it from nginx-rtmp, makes the
 * ladder, keeps segments on disk and playlists in memory. A publisher that returns goes on in the same broadcast.
 */
export class Broadcast {
  readonly #settings: BroadcastSettings;
  readonly #startedAt: number;
  readonly #buffer = new SourceBuffer();
  readonly #player: RtmpPlayer;
  readonly #intake: SourceIntake;
  readonly #facts: SourceFacts;
  readonly #lastMedia = new LastMedia(() => this.#sourceEnd());
  readonly #publisher: SegmentPublisher;
  readonly #desk: PlaylistDesk;
  readonly #runner: LadderRunner;
  readonly #reporter: BroadcastReporter;
  readonly #share: EncodingShare;
  #plan: PricedPlan | null = null;
  #hasShownPicture = false;
  #pumping: NodeJS.Immediate | null = null;

  /** `resumed` is for `resume` only. */
  constructor(settings: BroadcastSettings, resumed: JournalContent | null = null) {
    this.#settings = settings;
    this.#startedAt = resumed?.startedAt ?? Date.now();
    const windowSeconds = settings.windowSeconds ?? defaultWindowSeconds;
    this.#publisher = new SegmentPublisher(
      {
        ...settings,
        windowSeconds,
        prefix: resumed?.prefix ?? newPrefix(),
        generation: resumed?.generation ?? settings.playbackGeneration ?? 0,
        startedAt: this.#startedAt,
        partTargetSeconds: settings.latencyMode === "low" ? partTargetSeconds : null,
        onChange: () => this.#desk.changed(),
      },
      resumed,
    );
    this.#desk = new PlaylistDesk(this.#publisher);
    this.#reporter = new BroadcastReporter(settings, {
      source: () => this.#facts.source(),
      renditions: () => describeRenditions(this.#plan, (slot) => this.#publisher.averageRate(slot)),
      shed: () => describeShed(this.#plan?.leftOut ?? []),
      playable: () => this.#publisher.playable,
    });
    this.#intake = this.#makeIntake();
    this.#facts = new SourceFacts(this.#intake);
    const order = (what: LadderOrder) => this.#runner.order(what);
    this.#share = settings.encoding?.open(settings.latencyMode, order) ?? unlimitedShare;
    this.#runner = this.#makeRunner();
    this.#player = new RtmpPlayer(settings.rtmpUrl, settings.log, {
      onMedia: (message) => {
        this.#lastMedia.came();
        this.#intake.accept(message);
      },
      onSourceEnd: () => this.#sourceEnd(),
    });
  }

  /** From the journal on disk after a sidecar restart; null when nothing usable is there. */
  static async resume(settings: BroadcastSettings): Promise<Broadcast | null> {
    const path = journalPath(settings.mediaDirectory, settings.broadcastId);
    const content = await readJournal(path, settings.windowSeconds ?? defaultWindowSeconds);
    if (content === null || content.playbackId !== settings.playbackId) return null;
    const broadcast = new Broadcast(settings, content);
    await broadcast.#publisher.settled();
    const last = content.timeline.segments.at(-1);
    if (last === undefined) return null;
    for (const { slot } of content.timeline.run(last.run).renditions)
      if (!(await broadcast.#publisher.store.hasSegment(slot, last.sequence))) return null;
    await broadcast.#publisher.store.show(content.prefix);
    return broadcast;
  }

  /** The unguessable name of this broadcast's segments under `<mediaDirectory>/segments`. */
  get segmentPrefix(): string {
    return this.#publisher.prefix;
  }

  /** Holders of playback tokens of lower generations were never told the prefix. */
  get prefixGeneration(): number {
    return this.#publisher.prefixGeneration;
  }

  /** Gives the segments another prefix; `hide` then ends the former one. */
  async movePrefix(generation: number): Promise<{ former: string; hide: () => Promise<void> }> {
    const former = await this.#publisher.movePrefix(newPrefix(), generation);
    return { former, hide: () => this.#publisher.store.hide(former) };
  }

  /** How far back the playlists reach, from the next segment on. */
  set windowSeconds(seconds: number) {
    this.#publisher.windowSeconds = seconds;
  }

  /** `#EXT-X-ENDLIST` stands: no publisher can go on in this broadcast. */
  get ended(): boolean {
    return this.#publisher.ended;
  }

  /** Of the running FFmpeg, for operators and tests; undefined while none runs. */
  get ffmpegPid(): number | undefined {
    return this.#runner.pid;
  }

  /** How fast its encoders are, and how far behind. */
  get load(): EncodingLoad {
    return this.#runner.load;
  }

  /** Resolves when the player is attached and waits, so that on_publish may be answered. Idempotent. */
  async attach(): Promise<void> {
    if (this.#lastMedia.isAwaited) this.#sourceEnd();
    await this.#player.attach();
  }

  /** The publisher has left: what it sent is published to the last frame; the playlists stay open. */
  publisherGone(): void {
    this.#lastMedia.wait();
  }

  /** Ends the broadcast: every playlist gets `#EXT-X-ENDLIST`. */
  async end(): Promise<void> {
    await this.#flush();
    await this.#publisher.end();
  }

  /** Deletes the segments and the journal. */
  async remove(): Promise<void> {
    this.#detach();
    await this.#runner.stop();
    this.#share.close();
    await this.#publisher.remove();
  }

  /** The sidecar stops: FFmpeg is closed cleanly, files and journal stay for `resume`. */
  async stop(): Promise<void> {
    await this.#flush();
  }

  /** How the source and the encoders did since the last look. */
  look(): BroadcastLook {
    return {
      source: this.#facts.source(),
      interval: this.#facts.takeInterval(),
      announcedKbps: this.#facts.announcedKbps,
      renditions: this.#plan?.rungs.length ?? 0,
      encodingSpeed: this.load.speed,
      backlogSeconds: this.load.backlogSeconds,
      shed: describeShed(this.#plan?.leftOut ?? []),
    };
  }

  /** Null until every rung has a segment. */
  masterPlaylist(): string | null {
    return this.#publisher.masterPlaylist()?.toString() ?? null;
  }

  /** As it is now. `slot` is `v0` (the top rung), `v1` …; null when there is no such slot. */
  mediaPlaylist(slot: string): string | null {
    return this.#publisher.mediaPlaylist(slot)?.toString() ?? null;
  }

  /** Media playlists and hinted parts, for those who may have to wait. */
  get desk(): PlaylistDesk {
    return this.#desk;
  }

  #makeIntake(): SourceIntake {
    return new SourceIntake({
      now: () => Date.now() - this.#startedAt,
      hasShownPicture: () => this.#hasShownPicture,
      onTag: (tag) => {
        this.#buffer.push(tag);
        this.#pumpSoon();
      },
      onEpochEnd: () => this.#pumpSoon(),
      onReceiving: (receiving) => this.#reporter.receiving(receiving),
      onRefused: (reason) => {
        this.#settings.log.warn("source.refused", { reason });
        this.#settings.onRefused(reason);
      },
      onWarning: (code, detail) => this.#reporter.warn(code, detail),
    });
  }

  #makeRunner(): LadderRunner {
    const { ffmpegPath, latencyMode, ladder, log } = this.#settings;
    return new LadderRunner({
      ffmpegPath,
      pace: segmentPaces[latencyMode],
      latencyMode,
      ladder: ladder ?? standardLadder,
      buffer: this.#buffer,
      publisher: this.#publisher,
      share: this.#share,
      log,
      onHeaders: (run) => this.#publisher.announce(this.#publishable(run)),
      onParts: (run, parts) => {
        const startsAt = this.#startedAt + parts[0]!.segmentStartMs;
        this.#publisher.publishParts(this.#publishable(run), parts, startsAt);
      },
      onGroup: (run, group, parts) => this.#publish(run, group, parts),
      onPlan: (plan) => {
        this.#plan = plan;
        for (const [code, reason] of [
          ["machine-too-slow", "too-slow"],
          ["machine-full", "no-room"],
        ] as const)
          this.#reporter.warn(code, shedWarning(plan.leftOut, reason));
        this.#publisher.hinting = true;
        this.#reporter.changed();
      },
      onKeyframesTooFar: () => this.#warnOfKeyframes(),
      onStuck: (stuck) =>
        this.#reporter.warn(
          "machine-overloaded",
          stuck ? "The media machine is too slow even for the lowest quality: viewers fall behind" : null,
        ),
      onNoRoom: (leastCost) => {
        const reason = noRoomAdvice(this.#pace);
        log.warn("source.refused", { reason, leastCost });
        this.#settings.encoding?.refused(this.#settings.playbackId, leastCost, performance.now());
        this.#settings.onRefused(reason);
      },
      onFailing: (failing) =>
        this.#reporter.warn(
          "ladder-failing",
          failing ? "the transcoder stops again and again: the media machine's log says why" : null,
        ),
      frameRate: () => this.#facts.plannedFrameRate(),
    });
  }

  /** Once for all the tags of one read. */
  #pumpSoon(): void {
    this.#pumping ??= setImmediate(() => {
      this.#pumping = null;
      this.#runner.pump();
    });
  }

  #sourceEnd(): void {
    this.#lastMedia.callOff();
    this.#publisher.hinting = false;
    this.#intake.sourceEnd();
  }

  #detach(): void {
    this.#player.stop();
    this.#sourceEnd();
  }

  /** No more source; what there is gets published, in so far as FFmpeg does its part in time. */
  async #flush(): Promise<void> {
    this.#detach();
    this.#runner.pump();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, flushMs);
    });
    await Promise.race([this.#runner.idle(), late]);
    clearTimeout(timer);
    await this.#runner.stop();
    await this.#publisher.settled();
    this.#reporter.stop();
    this.#share.close();
  }

  #publishable(run: LadderRun): PublishableRun {
    const inits = run.inits!;
    const { blank, frameRate: announced } = run.epoch;
    const frameRate = blank ? announced : (this.#facts.frameRate() ?? announced);
    const renditions = declareRenditions(run.plan, inits, frameRate);
    const targetDuration = run.cuts.targetDuration ?? this.#pace.targetSeconds;
    return { run: run.id, renditions, inits, targetDuration, zeroAt: this.#startedAt + run.zeroMs };
  }

  #publish(run: LadderRun, group: SegmentGroup, parts: readonly PartGroup[]): void {
    const seconds = (group.endMs - group.startMs) / 1000;
    const first = !this.#publisher.playable;
    this.#settings.log.debug("packager.segment", { run: run.id, seconds });
    this.#publisher.publish(this.#publishable(run), group, parts, this.#startedAt + group.startMs);
    if (first) void this.#publisher.settled().then(() => this.#reporter.changed());
    if (!run.epoch.blank) this.#hasShownPicture = true;
    if (run.epoch.copyRefused) this.#warnOfKeyframes();
  }

  get #pace() {
    return segmentPaces[this.#settings.latencyMode];
  }

  #warnOfKeyframes(): void {
    this.#reporter.warn("keyframes-too-far-apart", this.#facts.keyframeAdvice(this.#pace));
  }
}
