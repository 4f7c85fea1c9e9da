/** Publishes groups in order: files first, then the journal, then the playlists that name them. */
import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { Slot } from "../ladder/ladder-plan.ts";
import type { PlaylistEdge } from "./delivery-directives.ts";
import { Journal, type JournalContent, journalPath } from "./journal.ts";
import { PlaylistRenderings } from "./playlist-renderings.ts";
import {
  type Expired,
  type OpenSegment,
  type PublishedRun,
  type PublishedSegment,
  PublishedTimeline,
  type RunRendition,
} from "./published-timeline.ts";
import type { InitSegment } from "./rung-packager.ts";
import type { PartGroup, SegmentGroup } from "./segment-groups.ts";
import { salvageSegment } from "./segment-salvage.ts";
import { SegmentStore } from "./segment-store.ts";

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

/** What a run tells with its first group. */
export interface PublishableRun {
  readonly run: number;
  /** For segments of this run, in whole seconds. */
  readonly targetDuration: number;
  readonly renditions: readonly RunRendition[];
  readonly inits: readonly InitSegment[];
}

/** By then every player that is still there has read a playlist again. */
const allReadAgainMs = 30_000;

export class SegmentPublisher {
  readonly #options: PublisherOptions;
  readonly #journal: Journal;
  readonly store: SegmentStore;
  #timeline: PublishedTimeline | null;
  #work: Promise<void> = Promise.resolve();
  /** A group was lost to the disk, so that the next one does not continue the last. */
  #hole = false;
  readonly #playlists: PlaylistRenderings;
  readonly #partTargetSeconds: number | null;
  #hinting = false;
  #prefix: string;
  #generation: number;
  #windowSeconds: number;
  /** When the segments' prefix was changed last. */
  #movedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: PublisherOptions, resumed: JournalContent | null) {
    this.#options = options;
    this.#journal = new Journal(journalPath(options.mediaDirectory, options.broadcastId));
    this.store = new SegmentStore(options.mediaDirectory, options.broadcastId);
    this.#prefix = options.prefix;
    this.#generation = options.generation;
    this.#windowSeconds = options.windowSeconds;
    this.#timeline = resumed?.timeline ?? null;
    this.#partTargetSeconds = resumed === null ? options.partTargetSeconds : resumed.partTargetSeconds;
    this.#playlists = new PlaylistRenderings(this.#partTargetSeconds);
    if (resumed !== null) this.#tellAgain(resumed.timeline);
    // Parts that players have are a segment, however short: what comes next does not continue it.
    if (resumed?.timeline.open) this.closeOpen();
    else if (resumed !== null && !resumed.timeline.ended) this.#publishLeftovers();
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
      if (this.#timeline !== null) await this.#journal.append({ kind: "prefix", prefix, generation });
      this.#prefix = prefix;
      this.#generation = generation;
      this.#movedAtMs = Date.now();
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
    this.#timeline = new PublishedTimeline(slots, this.#windowSeconds);
    const fixed = { playbackId, startedAt, partTargetSeconds, slots: [...slots] };
    this.#enqueue("begin", async () => {
      const [prefix, generation] = [this.#prefix, this.#generation];
      await this.store.show(prefix);
      await this.#journal.create({ kind: "broadcast", prefix, generation, ...fixed });
    });
  }

  /** Whether playlists promise another part: never while nobody sends. */
  set hinting(hinting: boolean) {
    if (this.#hinting === hinting) return;
    this.#hinting = hinting;
    this.#changed();
  }

  /** `startsAt` is the first picture of the parts' segment as Unix milliseconds. */
  publishParts(run: PublishableRun, parts: readonly PartGroup[], startsAt: number): void {
    this.#enqueue("parts", async () => {
      for (const group of parts) await this.#addParts(run, group, startsAt);
      this.#changed();
    });
  }

  /** `startsAt` is the group's first picture as Unix milliseconds, `parts` those of its parts that are new. */
  publish(run: PublishableRun, group: SegmentGroup, parts: readonly PartGroup[], startsAt: number): void {
    this.#enqueue("segment", async () => {
      for (const each of parts) await this.#addParts(run, each, startsAt);
      const open = await this.#openSegment(run, startsAt);
      await Promise.all(
        group.segments.map((segment, index) =>
          this.store.publishSegment(run.renditions[index]!.slot, segment.path, open.sequence),
        ),
      ).catch(async (error) => {
        // The next segment's parts must not be taken for this one's.
        await this.#closeOpenNow();
        throw error;
      });
      const durationSeconds = Math.max(0.001, (group.endMs - group.startMs) / 1000);
      const bytes = group.segments.map((segment) => segment.bytes);
      await this.#append(open, durationSeconds, bytes, run.targetDuration);
    });
  }

  /** The run that made it is over: the parts that players have become a segment. */
  closeOpen(): void {
    this.#enqueue("close", () => this.#closeOpenNow());
  }

  async #closeOpenNow(): Promise<void> {
    const timeline = this.#timeline;
    const open = timeline?.open ?? null;
    if (timeline === null || open === null) return;
    const parts = timeline.partsOf(open.sequence)!;
    const { renditions } = timeline.run(open.run);
    const bytes = await Promise.all(
      parts.map((list, index) => this.store.joinParts(renditions[index]!.slot, open.sequence, list.length)),
    ).catch((error) => {
      timeline.discardOpen();
      throw error;
    });
    const durationSeconds = parts[0]!.reduce((sum, part) => sum + part.durationSeconds, 0);
    await this.#append(open, durationSeconds, bytes, timeline.targetDuration);
  }

  /** What a former sidecar had written of the segment that it did not live to publish. */
  #publishLeftovers(): void {
    this.#enqueue("leftovers", async () => {
      const timeline = this.#timeline!;
      const run = timeline.lastRun;
      if (run === null) return;
      const { renditions } = run;
      const lists = await Promise.all(renditions.map(({ slot }) => this.store.leftovers(slot, run.run)));
      for (const index of [...lists[0]!.keys()].sort((a, b) => a - b)) {
        const paths = lists.flatMap((list) => list.get(index) ?? []);
        if (paths.length < renditions.length) return;
        const salvaged = await Promise.all(
          paths.map((path, each) =>
            salvageSegment(path, this.store.initPath(renditions[each]!.slot, run.run)),
          ),
        );
        const whole = salvaged.filter((each) => each !== null);
        const before = timeline.segments.at(-1);
        if (whole.length < renditions.length || before === undefined) return;
        const sequence = timeline.nextSequence;
        const startsAt = Math.round(before.startsAt + before.durationSeconds * 1000);
        for (const [each, path] of paths.entries())
          await this.store.publishSegment(renditions[each]!.slot, path, sequence);
        const durationSeconds = Math.min(...whole.map((each) => each.durationSeconds));
        const bytes = whole.map((each) => each.bytes);
        const open = { sequence, run: run.run, startsAt, discontinuity: false };
        await this.#append(open, durationSeconds, bytes, timeline.targetDuration);
      }
    });
  }

  async #addParts(run: PublishableRun, group: PartGroup, startsAt: number): Promise<void> {
    const open = await this.#openSegment(run, startsAt);
    const timeline = this.#timeline!;
    const lists = timeline.partsOf(open.sequence);
    await Promise.all(
      group.parts.map(async (part, index) => {
        const number = lists?.[index]?.length ?? 0;
        if (part !== null)
          await this.store.publishPart(run.renditions[index]!.slot, part.path, open.sequence, number);
      }),
    );
    const parts = group.parts.map(
      (part) =>
        part && {
          durationSeconds: part.durationMs / 1000,
          independent: part.independent,
          bytes: part.bytes,
        },
    );
    await this.#journal.appendParts({ ...open, parts }, timeline.open === null);
    timeline.appendParts(open, parts);
  }

  /** Of this run: the one in the making, or the next one. */
  async #openSegment(run: PublishableRun, startsAt: number): Promise<OpenSegment> {
    const timeline = this.#timeline!;
    if (timeline.open !== null) return timeline.open;
    const first = timeline.lastRun?.run !== run.run;
    const renditions = [...run.renditions];
    if (first) {
      await Promise.all(
        run.inits.map((init, index) => this.store.publishInit(renditions[index]!.slot, run.run, init.data)),
      );
      await this.#journal.append({ kind: "run", run: run.run, renditions });
      timeline.addRun({ run: run.run, renditions });
    }
    if (timeline.targetDuration === 0) timeline.targetDuration = run.targetDuration;
    const sequence = timeline.nextSequence;
    const newest = timeline.segments.at(-1);
    const discontinuity = sequence > 0 && (newest?.run !== run.run || this.#hole);
    return { sequence, run: run.run, startsAt: Math.round(startsAt), discontinuity };
  }

  async #append(
    open: OpenSegment,
    durationSeconds: number,
    bytes: readonly number[],
    targetDuration: number,
  ): Promise<void> {
    const timeline = this.#timeline!;
    const segment = { ...open, durationSeconds, bytes: [...bytes] };
    await this.#journal.append({ kind: "segment", ...segment, targetDuration });
    timeline.targetDuration = targetDuration;
    const expired = timeline.append(segment);
    this.#hole = false;
    this.#changed();
    this.#tell(timeline, segment, false);
    await this.#removeExpired(expired, timeline.slots.length);
  }

  #tellAgain(timeline: PublishedTimeline): void {
    this.#enqueue("again", async () => {
      for (const segment of timeline.segments) this.#tell(timeline, segment, true);
    });
  }

  #tell(timeline: PublishedTimeline, segment: PublishedSegment, again: boolean): void {
    const { slots, targetDuration } = timeline;
    const run = timeline.run(segment.run);
    this.#options.onSegment?.({ slots, run, segment, targetDuration, store: this.store, again });
  }

  async #removeExpired(expired: Expired, slots: number): Promise<void> {
    for (const { segment, counts } of expired.parts)
      for (const [index, { slot }] of this.#timeline!.run(segment.run).renditions.entries())
        await this.store.removeParts(slot, segment.sequence, counts[index] ?? 0);
    for (const gone of expired.segments)
      for (let slot = 0; slot < slots; slot++) await this.store.removeSegment(slot, gone.sequence);
    for (const gone of expired.runs)
      for (const { slot } of gone.renditions) await this.store.removeInit(slot, gone.run);
  }

  /** Every playlist gets `#EXT-X-ENDLIST`; resolves once that is true. */
  async end(): Promise<void> {
    this.#enqueue("end", async () => {
      if (this.#timeline === null || this.#timeline.ended) return;
      await this.#journal.append({ kind: "ended" });
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
    await this.#journal.remove();
  }

  /** Null while nothing can be played. */
  masterPlaylist(): Buffer | null {
    return this.playable ? this.#playlists.master(this.#timeline!) : null;
  }

  /** Null when there is no such slot, or nothing can be played yet. */
  mediaPlaylist(slot: string, skip = false): Buffer | null {
    if (!this.playable) return null;
    // What a player keeps instead of reading it again must not have moved.
    const stayed = Date.now() > this.#movedAtMs + allReadAgainMs;
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
      this.#hole = true;
      this.#options.log.error("packager.failed", { what, ...describeError(error) });
    });
  }
}
