/** Publishes groups in order: files first, then the journal, then the playlists that name them. */
import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { Slot } from "../ladder/ladder-plan.ts";
import { Journal, type JournalContent, journalPath } from "./journal.ts";
import { renderMasterPlaylist } from "./master-playlist.ts";
import { renderMediaPlaylist } from "./media-playlist.ts";
import { PublishedTimeline, type RunRendition } from "./published-timeline.ts";
import type { InitSegment } from "./rung-packager.ts";
import type { SegmentGroup } from "./segment-groups.ts";
import { SegmentStore } from "./segment-store.ts";

export interface PublisherOptions {
  readonly mediaDirectory: string;
  readonly playbackId: string;
  readonly broadcastId: string;
  readonly prefix: string;
  readonly startedAt: number;
  readonly windowSeconds: number;
  readonly log: Log;
}

/** What a run tells with its first group. */
export interface PublishableRun {
  readonly run: number;
  readonly renditions: readonly RunRendition[];
  readonly inits: readonly InitSegment[];
}

export class SegmentPublisher {
  readonly #options: PublisherOptions;
  readonly #journal: Journal;
  readonly store: SegmentStore;
  #timeline: PublishedTimeline | null;
  #work: Promise<void> = Promise.resolve();
  /** A group was lost to the disk, so that the next one does not continue the last. */
  #hole = false;
  /** Playlists as text until the next change: many ask between two changes. */
  readonly #rendered = new Map<string, string>();

  constructor(options: PublisherOptions, resumed: JournalContent | null) {
    this.#options = options;
    this.#journal = new Journal(journalPath(options.mediaDirectory, options.broadcastId));
    this.store = new SegmentStore(options.mediaDirectory, options.prefix);
    this.#timeline = resumed?.timeline ?? null;
  }

  /** Null before the first source is known. */
  get slots(): readonly Slot[] | null {
    return this.#timeline?.slots ?? null;
  }

  get targetDuration(): number | null {
    const target = this.#timeline?.targetDuration ?? 0;
    return target === 0 ? null : target;
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
    const { playbackId, prefix, startedAt, windowSeconds } = this.#options;
    this.#timeline = new PublishedTimeline(slots, windowSeconds);
    this.#enqueue("begin", () =>
      this.#journal.create({ kind: "broadcast", playbackId, prefix, startedAt, slots: [...slots] }),
    );
  }

  /** `startsAt` is the group's first picture as Unix milliseconds. */
  publish(run: PublishableRun, group: SegmentGroup, startsAt: number, targetDuration: number): void {
    this.#enqueue("segment", async () => {
      const timeline = this.#timeline!;
      const sequence = timeline.nextSequence;
      const first = timeline.lastRun?.run !== run.run;
      const renditions = [...run.renditions];
      if (first)
        await Promise.all(
          run.inits.map((init, index) => this.store.publishInit(renditions[index]!.slot, run.run, init.data)),
        );
      await Promise.all(
        group.segments.map((segment, index) =>
          this.store.publishSegment(renditions[index]!.slot, segment.path, sequence),
        ),
      );
      const segment = {
        sequence,
        run: run.run,
        durationSeconds: Math.max(0.001, (group.endMs - group.startMs) / 1000),
        startsAt: Math.round(startsAt),
        bytes: group.segments.map(({ bytes }) => bytes),
        discontinuity: (first || this.#hole) && sequence > 0,
      };
      await this.#journal.append(...(first ? [{ kind: "run" as const, run: run.run, renditions }] : []), {
        kind: "segment",
        ...segment,
        targetDuration,
      });
      if (first) timeline.addRun({ run: run.run, renditions });
      timeline.targetDuration = targetDuration;
      const expired = timeline.append(segment);
      this.#hole = false;
      this.#rendered.clear();
      for (const gone of expired.segments)
        for (let slot = 0; slot < timeline.slots.length; slot++)
          await this.store.removeSegment(slot, gone.sequence);
      for (const gone of expired.runs)
        for (const { slot } of gone.renditions) await this.store.removeInit(slot, gone.run);
    });
  }

  /** Every playlist gets `#EXT-X-ENDLIST`; resolves once that is true. */
  async end(): Promise<void> {
    this.#enqueue("end", async () => {
      if (this.#timeline === null || this.#timeline.ended) return;
      await this.#journal.append({ kind: "ended" });
      this.#timeline.ended = true;
      this.#rendered.clear();
    });
    await this.#work;
  }

  /** Resolves when all that was handed over is published. */
  settled(): Promise<void> {
    return this.#work;
  }

  async remove(): Promise<void> {
    await this.#work;
    await this.store.removeAll();
    await this.#journal.remove();
  }

  masterPlaylist(): string | null {
    return this.playable ? this.#render("master", renderMasterPlaylist) : null;
  }

  mediaPlaylist(slot: string): string | null {
    const index = /^v(0|[1-9]\d?)$/.exec(slot)?.[1];
    if (index === undefined || !this.playable || Number(index) >= this.#timeline!.slots.length) return null;
    return this.#render(slot, (timeline) =>
      renderMediaPlaylist(timeline, Number(index), this.#options.prefix),
    );
  }

  #render(name: string, render: (timeline: PublishedTimeline) => string): string {
    let text = this.#rendered.get(name);
    if (text === undefined) {
      text = render(this.#timeline!);
      this.#rendered.set(name, text);
    }
    return text;
  }

  #enqueue(what: string, work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error) => {
      this.#hole = true;
      this.#options.log.error("packager.failed", { what, ...describeError(error) });
    });
  }
}
