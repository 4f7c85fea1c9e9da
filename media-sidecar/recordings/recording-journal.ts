/** The journal of a recording: lines of the packager's own kind, of segments and runs that are numbered from zero. */
import { access, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Slot } from "../ladder/ladder-plan.ts";
import { Journal, type JournalEntry, readJournal } from "../packager/journal.ts";
import type { PublishedRun, PublishedSegment, PublishedTimeline } from "../packager/published-timeline.ts";
import { syncFile } from "./kept-files.ts";
import { whatIsThere } from "./recording-salvage.ts";

interface Head {
  readonly playbackId: string;
  readonly startedAt: number;
}

export class RecordingJournal {
  readonly #path: string;
  readonly #playbackId: string;
  readonly #journal: Journal;
  /** Its last line may not be whole. */
  #isSpoiled = false;

  constructor(directory: string, playbackId: string) {
    this.#path = pathIn(directory);
    this.#playbackId = playbackId;
    this.#journal = new Journal(this.#path);
  }

  /** A full disk takes half a line, and what stands behind that is not read: `rewrite` before going on. */
  get isSpoiled(): boolean {
    return this.#isSpoiled;
  }

  async create(startedAt: number, slots: readonly Slot[]): Promise<void> {
    this.#isSpoiled = true;
    await this.#journal.create(headOf({ playbackId: this.#playbackId, startedAt }, slots));
    this.#isSpoiled = false;
  }

  /** Resolves when it is on the disk. */
  async append(...entries: JournalEntry[]): Promise<void> {
    this.#isSpoiled = true;
    await this.#journal.append(...entries);
    await syncFile(this.#path);
    this.#isSpoiled = false;
  }

  async rewrite(timeline: PublishedTimeline): Promise<void> {
    const startedAt = timeline.segments[0]?.startsAt ?? 0;
    await rewrite(this.#path, { playbackId: this.#playbackId, startedAt }, timeline);
    this.#isSpoiled = false;
  }
}

export function runEntry({ run, renditions }: PublishedRun): JournalEntry {
  return { kind: "run", run, renditions: [...renditions] };
}

export function segmentEntry(segment: PublishedSegment, targetDuration: number): JournalEntry {
  return { kind: "segment", ...segment, bytes: [...segment.bytes], targetDuration };
}

/**
 * What can be played of a recording: of what the journal names, what the disk has. From then on both agree. Null when
 * there is nothing.
 */
export async function restoreTimeline(directory: string): Promise<PublishedTimeline | null> {
  const path = pathIn(directory);
  // What a disk cannot read now it may be able to read later: that is not nothing.
  await access(path).catch((error) => {
    if (error.code !== "ENOENT") throw error;
  });
  const content = await readJournal(path, Number.POSITIVE_INFINITY);
  if (content === null) return null;
  const timeline = await whatIsThere(directory, content.timeline);
  if (timeline.segments.length === 0) return null;
  // A last line that is half written, or names what is gone, would spoil what is written behind it.
  if (!timeline.ended) await rewrite(path, content, timeline);
  return timeline;
}

async function rewrite(path: string, head: Head, timeline: PublishedTimeline): Promise<void> {
  const journal = new Journal(`${path}.new`);
  await journal.create(headOf(head, timeline.slots));
  const entries: JournalEntry[] = [];
  let run = -1;
  for (const segment of timeline.segments) {
    if (segment.run !== run) entries.push(runEntry(timeline.run(segment.run)));
    run = segment.run;
    entries.push(segmentEntry(segment, timeline.targetDuration));
  }
  await journal.append(...entries);
  await syncFile(`${path}.new`);
  await rename(`${path}.new`, path);
}

function headOf({ playbackId, startedAt }: Head, slots: readonly Slot[]): JournalEntry {
  // Players find its files beside its playlists, under no prefix.
  const prefix = "seg_none";
  return {
    kind: "broadcast",
    ...{ playbackId, prefix, generation: 0, startedAt, partTargetSeconds: null },
    slots: [...slots],
  };
}

function pathIn(directory: string): string {
  return join(directory, "journal.jsonl");
}
