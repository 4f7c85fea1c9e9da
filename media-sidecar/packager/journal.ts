/** A broadcast's journal: one JSON line a fact, so that a sidecar that comes back goes on with the same playlist. */
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { PublishedTimeline } from "./published-timeline.ts";

const Slot = v.object({ name: v.string(), shortSide: v.nullable(v.number()), videoKbps: v.number() });
const Rendition = v.object({
  slot: v.number(),
  codecs: v.string(),
  width: v.nullable(v.number()),
  height: v.nullable(v.number()),
  frameRate: v.nullable(v.number()),
  declaredBitsPerSecond: v.number(),
});
const Entry = v.variant("kind", [
  v.object({
    kind: v.literal("broadcast"),
    playbackId: v.string(),
    prefix: v.pipe(v.string(), v.regex(/^seg_[A-Za-z0-9_-]+$/)),
    /** Unix milliseconds: zero of the broadcast's clock. */
    startedAt: v.number(),
    slots: v.pipe(v.array(Slot), v.minLength(1)),
  }),
  v.object({
    kind: v.literal("run"),
    run: v.number(),
    renditions: v.pipe(v.array(Rendition), v.minLength(1)),
  }),
  v.object({
    kind: v.literal("segment"),
    sequence: v.number(),
    run: v.number(),
    durationSeconds: v.number(),
    startsAt: v.number(),
    bytes: v.array(v.number()),
    discontinuity: v.boolean(),
    targetDuration: v.number(),
  }),
  v.object({ kind: v.literal("ended") }),
]);
export type JournalEntry = v.InferOutput<typeof Entry>;

/** Outside `segments/`, which the web server hands out. */
export function journalPath(mediaDirectory: string, broadcastId: string): string {
  return join(mediaDirectory, "journals", `${broadcastId}.jsonl`);
}

/** Appends in the order of the calls; rejects when the disk refuses. */
export class Journal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Begins anew. */
  async create(entry: JournalEntry): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFile(this.#path, line(entry));
  }

  async append(...entries: JournalEntry[]): Promise<void> {
    await appendFile(this.#path, entries.map(line).join(""));
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

function line(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

export interface JournalContent {
  readonly playbackId: string;
  readonly prefix: string;
  readonly startedAt: number;
  readonly timeline: PublishedTimeline;
}

/** Null when there is no journal, or none that begins as one. A half-written last line is as if never written. */
export async function readJournal(path: string, windowSeconds: number): Promise<JournalContent | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return null;
  }
  return replayJournal(text, windowSeconds);
}

export function replayJournal(text: string, windowSeconds: number): JournalContent | null {
  const [first, ...rest] = text.split("\n").slice(0, -1);
  const head = first === undefined ? null : parseEntry(first);
  if (head?.kind !== "broadcast") return null;
  const timeline = new PublishedTimeline(head.slots, windowSeconds);
  for (const written of rest) {
    const entry = parseEntry(written);
    // What stands behind a line that cannot be read is not known to continue it.
    if (entry === null) break;
    if (entry.kind === "run") timeline.addRun(entry);
    if (entry.kind === "ended") timeline.ended = true;
    if (entry.kind === "segment") {
      const { kind: _, targetDuration, ...segment } = entry;
      if (segment.sequence !== timeline.nextSequence) break;
      timeline.targetDuration = targetDuration;
      timeline.append(segment);
    }
  }
  if (timeline.segments.length === 0) return null;
  return { playbackId: head.playbackId, prefix: head.prefix, startedAt: head.startedAt, timeline };
}

function parseEntry(written: string): JournalEntry | null {
  try {
    return v.parse(Entry, JSON.parse(written));
  } catch {
    return null;
  }
}
