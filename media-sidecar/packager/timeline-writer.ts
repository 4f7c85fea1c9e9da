/** Writes what is published: files first, then the journal, then the timeline that playlists are made of. */
import { Journal, journalPath } from "./journal.ts";
import { leftoverSegments } from "./leftover-segments.ts";
import type { OpenSegment, PublishedSegment, PublishedTimeline, RunRendition } from "./published-timeline.ts";
import type { InitSegment } from "./rung-packager.ts";
import type { PartGroup, SegmentGroup } from "./segment-groups.ts";
import { SegmentStore } from "./segment-store.ts";

/** What a run tells with its first group. */
export interface PublishableRun {
  readonly run: number;
  /** For segments of this run, in whole seconds. */
  readonly targetDuration: number;
  readonly renditions: readonly RunRendition[];
  /** Unix milliseconds: zero of the run's own clock, by which its media is stamped. */
  readonly zeroAt: number;
  readonly inits: readonly InitSegment[];
}

/** One call at a time: each finds the timeline as the one before left it. */
export class TimelineWriter {
  readonly journal: Journal;
  readonly store: SegmentStore;
  /** Null before the first source is known. */
  timeline: PublishedTimeline | null;
  readonly #onSegment: (segment: PublishedSegment) => void;
  /** A group was lost to the disk, so that the next one does not continue the last. */
  #hole = false;

  constructor(
    place: { readonly mediaDirectory: string; readonly broadcastId: string },
    timeline: PublishedTimeline | null,
    onSegment: (segment: PublishedSegment) => void,
  ) {
    this.journal = new Journal(journalPath(place.mediaDirectory, place.broadcastId));
    this.store = new SegmentStore(place.mediaDirectory, place.broadcastId);
    this.timeline = timeline;
    this.#onSegment = onSegment;
  }

  /** Something was not written: what comes next does not continue what came before. */
  failed(): void {
    this.#hole = true;
  }

  /** Makes what the run writes good for a successor of ours, should we not live to publish it. */
  async announce({ run, renditions, inits, zeroAt, targetDuration }: PublishableRun): Promise<void> {
    await Promise.all(
      inits.map((init, index) => this.store.publishInit(renditions[index]!.slot, run, init.data)),
    );
    await this.journal.append({ kind: "run", run, renditions: [...renditions], zeroAt, targetDuration });
  }

  /** `startsAt` is the segment's first picture as Unix milliseconds, here and below. */
  async addParts(run: PublishableRun, groups: readonly PartGroup[], startsAt: number): Promise<void> {
    for (const group of groups) await this.#addParts(run, group, startsAt);
  }

  async addSegment(run: PublishableRun, group: SegmentGroup, startsAt: number): Promise<void> {
    const open = await this.#openSegment(run, startsAt);
    await Promise.all(
      group.segments.map((segment, index) =>
        this.store.publishSegment(run.renditions[index]!.slot, segment.path, open.sequence),
      ),
    ).catch(async (error) => {
      // The next segment's parts must not be taken for this one's.
      await this.closeOpen();
      throw error;
    });
    const durationSeconds = Math.max(0.001, (group.endMs - group.startMs) / 1000);
    const bytes = group.segments.map((segment) => segment.bytes);
    await this.#append(open, durationSeconds, bytes, run.targetDuration);
  }

  /** The parts of the open segment, if there is one, become it. */
  async closeOpen(): Promise<void> {
    const { timeline } = this;
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

  /** What a former sidecar had written of the segments that it did not live to publish. */
  async addLeftovers(): Promise<void> {
    const timeline = this.timeline!;
    const run = timeline.lastRun;
    // Of older sidecars.
    if (run?.zeroAt === undefined) return;
    for await (const { paths, startMs, durationSeconds, bytes } of leftoverSegments(this.store, run)) {
      const before = timeline.segments.at(-1);
      const sequence = timeline.nextSequence;
      const startsAt = Math.round((run.zeroAt ?? 0) + startMs);
      const targetDuration = Math.max(timeline.targetDuration, run.targetDuration ?? 0);
      for (const [index, path] of paths.entries())
        await this.store.publishSegment(run.renditions[index]!.slot, path, sequence);
      const discontinuity = before !== undefined && before.run !== run.run;
      await this.#append(
        { sequence, run: run.run, startsAt, discontinuity },
        durationSeconds,
        bytes,
        targetDuration,
      );
    }
  }

  async #addParts(run: PublishableRun, group: PartGroup, startsAt: number): Promise<void> {
    const open = await this.#openSegment(run, startsAt);
    const timeline = this.timeline!;
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
    await this.journal.appendParts({ ...open, parts }, timeline.open === null);
    timeline.appendParts(open, parts);
  }

  /** Of this run: the one in the making, or the next one. */
  async #openSegment(run: PublishableRun, startsAt: number): Promise<OpenSegment> {
    const timeline = this.timeline!;
    if (timeline.open !== null) return timeline.open;
    const first = timeline.lastRun?.run !== run.run;
    const renditions = [...run.renditions];
    if (first) {
      // What is known of its pictures may have become better since it was announced.
      await this.announce(run);
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
    const timeline = this.timeline!;
    const segment = { ...open, durationSeconds, bytes: [...bytes] };
    await this.journal.append({ kind: "segment", ...segment, targetDuration });
    timeline.targetDuration = targetDuration;
    const expired = timeline.append(segment);
    this.#hole = false;
    this.#onSegment(segment);
    await this.store.removeExpired(expired, timeline);
  }
}
