/** A broadcast's journal: one JSON line a fact, so that a sidecar that comes back goes on with the same playlist. */
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { type PublishedRun, PublishedTimeline } from "./published-timeline.ts";

const Slot = v.object({ name: v.string(), shortSide: v.number(), videoKbps: v.number() });
const Rendition = v.object({
  slot: v.number(),
  codecs: v.string(),
  width: v.nullable(v.number()),
  height: v.nullable(v.number()),
  frameRate: v.nullable(v.number()),
  declaredBitsPerSecond: v.number(),
});
const Prefix = v.pipe(v.string(), v.regex(/^seg_[A-Za-z0-9_-]+$/));
const Entry = v.variant("kind", [
  v.object({
    kind: v.literal("broadcast"),
    playbackId: v.string(),
    prefix: Prefix,
    /** Of playback tokens: those of lower ones have never been told this prefix. */
    generation: v.optional(v.number(), 0),
    /** Unix milliseconds: zero of the broadcast's clock. */
    startedAt: v.number(),
    /** PART-TARGET; null where players get whole segments only. */
    partTargetSeconds: v.optional(v.nullable(v.number()), null),
    slots: v.pipe(v.array(Slot), v.minLength(1)),
  }),
  v.object({
    kind: v.literal("run"),
    run: v.number(),
    renditions: v.pipe(v.array(Rendition), v.minLength(1)),
    /** Unix milliseconds: zero of the run's own clock, by which its media is stamped. */
    zeroAt: v.optional(v.number()),
    targetDuration: v.optional(v.number()),
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
  /** Its segments are found under another prefix from here on. */
  v.object({ kind: v.literal("prefix"), prefix: Prefix, generation: v.number() }),
  v.object({ kind: v.literal("ended") }),
]);
export type JournalEntry = v.InferOutput<typeof Entry>;

const Part = v.object({ durationSeconds: v.number(), independent: v.boolean(), bytes: v.number() });
/** One line a part of the open segment, the same in all renditions; null where one has fewer. */
const PartEntry = v.object({
  sequence: v.number(),
  run: v.number(),
  startsAt: v.number(),
  discontinuity: v.boolean(),
  parts: v.array(v.nullable(Part)),
});
export type PartEntry = v.InferOutput<typeof PartEntry>;

/** Outside `segments/`, which the web server hands out. */
export function journalPath(mediaDirectory: string, broadcastId: string): string {
  return join(mediaDirectory, "journals", `${broadcastId}.jsonl`);
}

/** Only the open segment's parts need to be known, so they stand beside the journal and are forgotten with it. */
function partsPath(path: string): string {
  return `${path}.parts`;
}

/** Appends in the order of the calls; rejects when the disk refuses. */
export class Journal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** `first`: of a new segment, whose parts take the place of the last one's. */
  async appendParts(entry: PartEntry, first: boolean): Promise<void> {
    const write = first ? writeFile : appendFile;
    await write(partsPath(this.#path), `${JSON.stringify(entry)}\n`);
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
    await rm(partsPath(this.#path), { force: true });
  }
}

function line(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

export interface JournalContent {
  readonly playbackId: string;
  readonly prefix: string;
  /** Of playback tokens, as the prefix was made. */
  readonly generation: number;
  readonly startedAt: number;
  readonly partTargetSeconds: number | null;
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
  const parts = await readFile(partsPath(path), "utf8").catch(() => "");
  return replayJournal(text, windowSeconds, parts);
}

/** `parts` is what stands beside it of the segment that was open. */
export function replayJournal(text: string, windowSeconds: number, parts = ""): JournalContent | null {
  const [first, ...rest] = text.split("\n").slice(0, -1);
  const head = first === undefined ? null : parseEntry(first);
  if (head?.kind !== "broadcast") return null;
  const timeline = new PublishedTimeline(head.slots, windowSeconds);
  let { prefix, generation } = head;
  for (const written of rest) {
    const entry = parseEntry(written);
    // What stands behind a line that cannot be read is not known to continue it.
    if (entry === null) break;
    if (entry.kind === "run") timeline.addRun(runOf(entry));
    if (entry.kind === "prefix") ({ prefix, generation } = entry);
    if (entry.kind === "ended") timeline.ended = true;
    if (entry.kind === "segment") {
      const { kind: _, targetDuration, ...segment } = entry;
      if (segment.sequence !== timeline.nextSequence) break;
      timeline.targetDuration = targetDuration;
      timeline.append(segment);
    }
  }
  // Before its first segment a run may have written media already.
  if (timeline.lastRun === null) return null;
  if (!timeline.ended) replayParts(timeline, parts);
  const { playbackId, startedAt, partTargetSeconds } = head;
  return { playbackId, prefix, generation, startedAt, partTargetSeconds, timeline };
}

function runOf({ kind: _, zeroAt, targetDuration, ...run }: JournalEntry & { kind: "run" }): PublishedRun {
  return {
    ...run,
    ...(zeroAt === undefined ? {} : { zeroAt }),
    ...(targetDuration === undefined ? {} : { targetDuration }),
  };
}

function replayParts(timeline: PublishedTimeline, text: string): void {
  for (const written of text.split("\n").slice(0, -1)) {
    const entry = parseLine(PartEntry, written);
    const run = timeline.lastRun;
    if (entry === null || entry.sequence !== timeline.nextSequence || entry.run !== run?.run) return;
    if (entry.parts.length !== run.renditions.length) return;
    const { parts, ...open } = entry;
    timeline.appendParts(open, parts);
  }
}

function parseEntry(written: string): JournalEntry | null {
  return parseLine(Entry, written);
}

function parseLine<T>(schema: v.GenericSchema<unknown, T>, written: string): T | null {
  try {
    return v.parse(schema, JSON.parse(written));
  } catch {
    return null;
  }
}
