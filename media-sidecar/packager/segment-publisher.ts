/** Publishes groups in order: files first, then the journal, then the playlists that name them. */
import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { Slot } from "../ladder/ladder-plan.ts";
import type { PlaylistEdge } from "./delivery-directives.ts";
import type { JournalContent } from "./journal.ts";
import { PlaylistRenderings } from "./playlist-renderings.ts";
import { type PublishedRun, type PublishedSegment, PublishedTimeline } from "./published-timeline.ts";
import type { PartGroup, SegmentGroup } from "./segment-groups.ts";
import type { SegmentStore } from "./segment-store.ts";
import { type PublishableRun, TimelineWriter } from "./timeline-writer.ts";

export interface PublisherOptions {
  readonly mediaDirectory: string;
  readonly playbackId: string;
  readonly broadcastId: string;
  readonly prefix: string;
  /** Of playback tokens, as the prefix was made. */
  readonly generation: number;
  readonly startedAt: number;
  readonly windowSeconds: number;
  /** PART-TARGET of a new broadcast; null where players get whole segments only. */
  readonly partTargetSeconds: number | null;
  readonly log: Log;
  /** Playlists have changed. */
  onChange(): void;
  /** A segment was published; its files stay for at least three target durations. */
  onSegment?(segment: SegmentAsPublished): void;
}

/** What whoever keeps segments beyond the window needs of one. */
export interface SegmentAsPublished {
  readonly slots: readonly Slot[];
  readonly run: PublishedRun;
  readonly segment: PublishedSegment;
  readonly targetDuration: number;
  readonly store: SegmentStore;
  /** It was published by a former sidecar, and is told again of in case that one had no time to. */
  readonly again: boolean;
}

/** By then every player that is still there has read a playlist again. */
const allReadAgainMs = 30_000;

export class SegmentPublisher {
  readonly #options: PublisherOptions;
  readonly #writer: TimelineWriter;
  #work: Promise<void> = Promise.resolve();
  readonly #playlists: PlaylistRenderings;
  readonly #partTargetSeconds: number | null;
  #hinting = false;
  #prefix: string;
  #generation: number;
  #windowSeconds: number;
  /** When the segments' prefix was changed last, by `performance.now`. */
  #movedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: PublisherOptions, resumed: JournalContent | null) {
    this.#options = options;
    this.#writer = new TimelineWriter(options, resumed?.timeline ?? null, (segment) => {
      this.#changed();
      this.#tell(segment, false);
    });
    this.#prefix = options.prefix;
    this.#generation = options.generation;
    this.#windowSeconds = options.windowSeconds;
    this.#partTargetSeconds = resumed === null ? options.partTargetSeconds : resumed.partTargetSeconds;
    this.#playlists = new PlaylistRenderings(this.#partTargetSeconds);
    if (resumed !== null) this.#tellAgain(resumed.timeline);
    // Parts that players have are a segment, however short: what comes next does not continue it.
    if (resumed?.timeline.open) this.closeOpen();
    else if (resumed !== null && !resumed.timeline.ended)
      this.#enqueue("leftovers", () => this.#writer.addLeftovers());
  }

  get store(): SegmentStore {
    return this.#writer.store;
  }

  get #timeline(): PublishedTimeline | null {
    return this.#writer.timeline;
  }

  /** The unguessable name under which players find the segments. */
  get prefix(): string {
    return this.#prefix;
  }

  /** Holders of playback tokens of lower generations were never told the prefix. */
  get prefixGeneration(): number {
    return this.#generation;
  }

  /**
   * Moves all segments, those in the playlists too, to another prefix, and answers the former one, which goes on
   * being good until `store.hide`: players ask for what they read in a playlist a moment ago. Throws when the disk
   * refuses, and then nothing has changed.
   */
  async movePrefix(prefix: string, generation: number): Promise<string> {
    const former = this.#prefix;
    this.#enqueue("prefix", async () => {
      await this.store.show(prefix);
      if (this.#timeline !== null) await this.#writer.journal.append({ kind: "prefix", prefix, generation });
      this.#prefix = prefix;
      this.#generation = generation;
      this.#movedAtMs = performance.now();
      this.#changed();
    });
    await this.#work;
    if (this.#prefix !== prefix) throw new Error("the segments' prefix could not be changed");
    return former;
  }

  /** How far back the playlists reach; what is outside goes with the next segment. */
  set windowSeconds(seconds: number) {
    this.#windowSeconds = seconds;
    if (this.#timeline !== null) this.#timeline.windowSeconds = seconds;
  }

  /** Null before the first source is known. */
  get slots(): readonly Slot[] | null {
    return this.#timeline?.slots ?? null;
  }

  get targetDuration(): number | null {
    const target = this.#timeline?.targetDuration ?? 0;
    return target === 0 ? null : target;
  }

  /** Null where players get whole segments only. */
  get partTargetSeconds(): number | null {
    return this.#partTargetSeconds;
  }

  get playable(): boolean {
    return this.#timeline !== null && this.#timeline.nextSequence > 0;
  }

  get ended(): boolean {
    return this.#timeline?.ended ?? false;
  }

  get nextRun(): number {
    return (this.#timeline?.lastRun?.run ?? -1) + 1;
  }

  /** Bits a second of a slot so far; 0 before anything is known. */
  averageRate(slot: number): number {
    return this.#timeline?.rates(slot).average ?? 0;
  }

  /** Fixes the slots of a new broadcast. */
  begin(slots: readonly Slot[]): void {
    const { playbackId, startedAt, partTargetSeconds } = this.#options;
    this.#writer.timeline = new PublishedTimeline(slots, this.#windowSeconds);
    const fixed = { playbackId, startedAt, partTargetSeconds, slots: [...slots] };
    this.#enqueue("begin", async () => {
      const [prefix, generation] = [this.#prefix, this.#generation];
      await this.store.show(prefix);
      await this.#writer.journal.create({ kind: "broadcast", prefix, generation, ...fixed });
    });
  }

  /** Whether playlists promise another part: never while nobody sends. */
  set hinting(hinting: boolean) {
    if (this.#hinting === hinting) return;
    this.#hinting = hinting;
    this.#changed();
  }

  /** Its headers are known; nothing of it is published yet. */
  announce(run: PublishableRun): void {
    this.#enqueue("announce", () => this.#writer.announce(run));
  }

  /** `startsAt` is the first picture of the parts' segment as Unix milliseconds. */
  publishParts(run: PublishableRun, parts: readonly PartGroup[], startsAt: number): void {
    this.#enqueue("parts", async () => {
      await this.#writer.addParts(run, parts, startsAt);
      this.#changed();
    });
  }

  /** `startsAt` is the group's first picture as Unix milliseconds, `parts` those of its parts that are new. */
  publish(run: PublishableRun, group: SegmentGroup, parts: readonly PartGroup[], startsAt: number): void {
    this.#enqueue("segment", async () => {
      await this.#writer.addParts(run, parts, startsAt);
      await this.#writer.addSegment(run, group, startsAt);
    });
  }

  /** The run that made it is over: the parts that players have become a segment. */
  closeOpen(): void {
    this.#enqueue("close", () => this.#writer.closeOpen());
  }

  #tellAgain(timeline: PublishedTimeline): void {
    this.#enqueue("again", async () => {
      for (const segment of timeline.segments) this.#tell(segment, true);
    });
  }

  #tell(segment: PublishedSegment, again: boolean): void {
    const timeline = this.#timeline!;
    const { slots, targetDuration } = timeline;
    const run = timeline.run(segment.run);
    this.#options.onSegment?.({ slots, run, segment, targetDuration, store: this.store, again });
  }

  /** Every playlist gets `#EXT-X-ENDLIST`; resolves once that is true. */
  async end(): Promise<void> {
    this.#enqueue("end", async () => {
      if (this.#timeline === null || this.#timeline.ended) return;
      await this.#writer.journal.append({ kind: "ended" });
      this.#timeline.ended = true;
      this.#changed();
    });
    await this.#work;
  }

  /** Resolves when all that was handed over is published. */
  settled(): Promise<void> {
    return this.#work;
  }

  async remove(): Promise<void> {
    await this.#work;
    await this.store.hide(this.#prefix);
    await this.store.removeAll();
    await this.#writer.journal.remove();
  }

  /** Null while nothing can be played. */
  masterPlaylist(): Buffer | null {
    return this.playable ? this.#playlists.master(this.#timeline!) : null;
  }

  /** Null when there is no such slot, or nothing can be played yet. */
  mediaPlaylist(slot: string, skip = false): Buffer | null {
    if (!this.playable) return null;
    // What a player keeps instead of reading it again must not have moved.
    const stayed = performance.now() > this.#movedAtMs + allReadAgainMs;
    const options = { prefix: this.#prefix, hint: this.#hinting, skip: skip && stayed };
    return this.#playlists.media(this.#timeline!, slot, options);
  }

  /** The live end of a slot; null where nobody can wait for it. */
  edge(slot: string): PlaylistEdge | null {
    return this.playable ? this.#playlists.edge(this.#timeline!, slot) : null;
  }

  #changed(): void {
    this.#playlists.changed();
    this.#options.onChange();
  }

  #enqueue(what: string, work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error) => {
      this.#writer.failed();
      this.#options.log.error("packager.failed", { what, ...describeError(error) });
    });
  }
}
