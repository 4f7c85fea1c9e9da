/**
 * The media of one recording: the packager's own segment files under names of their own (hard links, so nothing is
 * written twice), its journal, its playlists. Numbers of segments and runs begin at zero.
 */
import { link, mkdir, open, rename, rm, stat, symlink, truncate } from "node:fs/promises";
import { join } from "node:path";
import { randomBase64Url } from "../../edge/protocol/identifier.ts";
import { playableBytes, scanBoxes } from "../packager/box-scanner.ts";
import { Journal, type JournalContent, readJournal } from "../packager/journal.ts";
import { renderMasterPlaylist } from "../packager/master-playlist.ts";
import { initFile, renderMediaPlaylist, segmentFile } from "../packager/media-playlist.ts";
import { PublishedTimeline } from "../packager/published-timeline.ts";
import type { SegmentAsPublished } from "../packager/segment-publisher.ts";
import type { MovieSegment } from "./movie/write-movie.ts";

export type KeptRenditions = "all" | "top";

export class RecordingMedia {
  readonly directory: string;
  readonly prefix: string;
  readonly #mediaDirectory: string;
  readonly #playbackId: string;
  readonly #renditions: KeptRenditions;
  readonly #journal: Journal;
  #timeline: PublishedTimeline | null;
  /** The packager's run whose segments were kept last, and ours of it. */
  #run: { theirs: number; ours: number } | null = null;
  #lastTheirs: number | null = null;
  /** The journal's last line may not be whole. */
  #isSpoiled = false;
  #bytes = 0;
  #topBytes = 0;
  #seconds = 0;
  #playlists = new Map<string, Buffer>();

  private constructor(
    mediaDirectory: string,
    playbackId: string,
    renditions: KeptRenditions,
    prefix: string,
    timeline: PublishedTimeline | null,
  ) {
    this.#mediaDirectory = mediaDirectory;
    this.#playbackId = playbackId;
    this.#renditions = renditions;
    this.directory = recordingDirectory(mediaDirectory, playbackId);
    this.prefix = prefix;
    this.#timeline = timeline;
    this.#journal = new Journal(join(this.directory, journalName));
    for (const segment of timeline?.segments ?? []) this.#count(segment.bytes, segment.durationSeconds);
  }

  static create(mediaDirectory: string, playbackId: string, renditions: KeptRenditions): RecordingMedia {
    return new RecordingMedia(mediaDirectory, playbackId, renditions, `seg_${randomBase64Url(18)}`, null);
  }

  /**
   * From disk. What the journal names and the disk does not have whole, as after a power cut, is cut back to its last
   * whole fragment, and what follows it is left out. Null when there is nothing to play.
   */
  static async restore(
    mediaDirectory: string,
    playbackId: string,
    renditions: KeptRenditions,
  ): Promise<RecordingMedia | null> {
    const directory = recordingDirectory(mediaDirectory, playbackId);
    const content = await readJournal(join(directory, journalName), Number.POSITIVE_INFINITY);
    if (content === null) return null;
    const timeline = await whatIsThere(directory, content.timeline);
    if (timeline.segments.length === 0) return null;
    // A last line that is half written, or names what is gone, would spoil what is written behind it.
    if (!timeline.ended) await rewriteJournal(join(directory, journalName), content, timeline);
    return new RecordingMedia(mediaDirectory, playbackId, renditions, content.prefix, timeline);
  }

  get seconds(): number {
    return this.#seconds;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** Of the best picture alone. */
  get topBytes(): number {
    return this.#topBytes;
  }
  get ended(): boolean {
    return this.#timeline?.ended ?? false;
  }
  get startedAtMs(): number | null {
    return this.#timeline?.segments[0]?.startsAt ?? null;
  }
  /** Of the best picture. */
  get size(): { width: number | null; height: number | null } {
    return this.#timeline?.described(0) ?? { width: null, height: null };
  }

  /** Its segments are found under the prefix. */
  async show(): Promise<void> {
    await symlink(join("..", "recordings", this.#playbackId), this.#linkPath).catch((error) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    });
  }

  /** Takes a segment of the packager. Rejects when the disk refuses; then what came before still stands. */
  async keep(published: SegmentAsPublished): Promise<void> {
    const { slots, run, segment, targetDuration, store } = published;
    if (published.again && !this.#isMissing(published)) return;
    if (this.#isSpoiled && this.#timeline !== null) {
      await rewriteJournal(join(this.directory, journalName), this.#head, this.#timeline);
      // A run without segments is not in it.
      this.#run = null;
      this.#isSpoiled = false;
    }
    // A full disk takes half a line, and what stands behind that is not read.
    this.#isSpoiled = true;
    const kept = this.#renditions === "all" ? slots : slots.slice(0, 1);
    const renditions = this.#renditions === "all" ? [...run.renditions] : run.renditions.slice(0, 1);
    if (this.#timeline === null) {
      await mkdir(this.directory, { recursive: true });
      for (const slot of slots.keys()) await mkdir(join(this.directory, `v${slot}`), { recursive: true });
      await this.#journal.create({
        kind: "broadcast",
        playbackId: this.#playbackId,
        prefix: this.prefix,
        generation: 0,
        startedAt: segment.startsAt,
        partTargetSeconds: null,
        slots: [...kept],
      });
      await this.show();
      this.#timeline = new PublishedTimeline(kept, Number.POSITIVE_INFINITY);
    }
    const timeline = this.#timeline;
    const sequence = timeline.nextSequence;
    let own = this.#run;
    const follows = own?.theirs === run.run && this.#lastTheirs === segment.sequence - 1;
    if (own?.theirs !== run.run) {
      own = { theirs: run.run, ours: (timeline.lastRun?.run ?? -1) + 1 };
      for (const { slot } of renditions)
        await this.#link(store.initPath(slot, run.run), slot, initFile(own.ours));
      await this.#journal.append({ kind: "run", run: own.ours, renditions });
      timeline.addRun({ run: own.ours, renditions });
      this.#run = own;
    }
    for (const { slot } of renditions)
      await this.#link(store.segmentPath(slot, segment.sequence), slot, segmentFile(sequence));
    const continues = follows && !segment.discontinuity;
    const entry = {
      sequence,
      run: own.ours,
      durationSeconds: segment.durationSeconds,
      startsAt: segment.startsAt,
      bytes: segment.bytes.slice(0, renditions.length),
      discontinuity: sequence > 0 && !continues,
    };
    await this.#journal.append({
      kind: "segment",
      ...entry,
      targetDuration: Math.max(targetDuration, timeline.targetDuration),
    });
    timeline.targetDuration = Math.max(targetDuration, timeline.targetDuration);
    timeline.append(entry);
    this.#lastTheirs = segment.sequence;
    this.#isSpoiled = false;
    this.#count(entry.bytes, entry.durationSeconds);
    this.#playlists.clear();
  }

  /** Of a segment that a packager found when it came back: only what follows what we have was missed. */
  #isMissing({ run, segment }: SegmentAsPublished): boolean {
    const kept = this.#timeline?.segments.findLast(
      (each) => each.startsAt === segment.startsAt && each.durationSeconds === segment.durationSeconds,
    );
    if (kept === undefined) return this.#lastTheirs !== null;
    this.#lastTheirs = segment.sequence;
    this.#run = { theirs: run.run, ours: kept.run };
    return false;
  }

  async end(): Promise<void> {
    if (this.#timeline === null || this.#timeline.ended) return;
    if (this.#isSpoiled) await rewriteJournal(join(this.directory, journalName), this.#head, this.#timeline);
    await this.#journal.append({ kind: "ended" });
    this.#timeline.ended = true;
    this.#playlists.clear();
  }

  /** `master`, or `v0`, `v1` …; null where there is none, or nothing to play yet. */
  playlist(name: string): Buffer | null {
    const timeline = this.#timeline;
    if (timeline === null || timeline.segments.length === 0) return null;
    const slot = /^v(0|[1-9]\d?)$/.exec(name)?.[1];
    if (name !== "master" && (slot === undefined || Number(slot) >= timeline.slots.length)) return null;
    let text = this.#playlists.get(name);
    if (text === undefined) {
      const options = { prefix: this.prefix, partTargetSeconds: null, skip: false, hint: false } as const;
      const type = timeline.ended ? "VOD" : "EVENT";
      text = Buffer.from(
        name === "master"
          ? renderMasterPlaylist(timeline)
          : renderMediaPlaylist(timeline, Number(slot), { ...options, type }),
      );
      this.#playlists.set(name, text);
    }
    return text;
  }

  /** The best picture of all of it, in order. */
  movieSegments(): MovieSegment[] {
    const timeline = this.#timeline;
    return (timeline?.segments ?? []).map((segment) => {
      const { slot } = timeline!.renditionFor(timeline!.run(segment.run), 0).rendition;
      return {
        path: this.#path(slot, segmentFile(segment.sequence)),
        initPath: this.#path(slot, initFile(segment.run)),
        discontinuity: segment.discontinuity,
      };
    });
  }

  async remove(): Promise<void> {
    await rm(this.#linkPath, { force: true });
    await rm(this.directory, { recursive: true, force: true });
  }

  get #head(): Pick<JournalContent, "playbackId" | "prefix" | "generation" | "startedAt"> {
    const startedAt = this.startedAtMs ?? 0;
    return { playbackId: this.#playbackId, prefix: this.prefix, generation: 0, startedAt };
  }

  get #linkPath(): string {
    return join(this.#mediaDirectory, "segments", this.prefix);
  }

  #path(slot: number, file: string): string {
    return join(this.directory, `v${slot}`, file);
  }

  #count(bytes: readonly number[], seconds: number): void {
    for (const each of bytes) this.#bytes += each;
    this.#topBytes += bytes[0] ?? 0;
    this.#seconds += seconds;
  }

  async #link(from: string, slot: number, file: string): Promise<void> {
    const path = this.#path(slot, file);
    await link(from, path).catch(async (error) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      // Of a former life, which was killed before it wrote it down.
      await rm(path, { force: true });
      await link(from, path);
    });
    // A power cut loses what only memory has; the journal must not promise it.
    const kept = await open(path, "r");
    try {
      await kept.datasync();
    } finally {
      await kept.close();
    }
  }
}

const journalName = "journal.jsonl";

/** Named by what stands in the addresses of its files. */
export function recordingDirectory(mediaDirectory: string, playbackId: string): string {
  return join(mediaDirectory, "recordings", playbackId);
}

async function rewriteJournal(
  path: string,
  {
    playbackId,
    prefix,
    generation,
    startedAt,
  }: Pick<JournalContent, "playbackId" | "prefix" | "generation" | "startedAt">,
  timeline: PublishedTimeline,
): Promise<void> {
  const journal = new Journal(`${path}.new`);
  const slots = [...timeline.slots];
  const head = { playbackId, prefix, generation, startedAt, partTargetSeconds: null, slots };
  await journal.create({ kind: "broadcast", ...head });
  let run = -1;
  for (const segment of timeline.segments) {
    if (segment.run !== run)
      await journal.append({
        kind: "run",
        run: segment.run,
        renditions: [...timeline.run(segment.run).renditions],
      });
    run = segment.run;
    const { targetDuration } = timeline;
    await journal.append({ kind: "segment", ...segment, bytes: [...segment.bytes], targetDuration });
  }
  await rename(`${path}.new`, path);
}

async function whatIsThere(directory: string, journaled: PublishedTimeline): Promise<PublishedTimeline> {
  const found = new PublishedTimeline(journaled.slots, Number.POSITIVE_INFINITY);
  found.ended = journaled.ended;
  found.targetDuration = journaled.targetDuration;
  for (const segment of journaled.segments) {
    const run = journaled.run(segment.run);
    const bytes: number[] = [];
    for (const [index, { slot }] of run.renditions.entries()) {
      const path = join(directory, `v${slot}`, segmentFile(segment.sequence));
      bytes.push(await wholeBytes(path, segment.bytes[index]!));
    }
    // Without any of its renditions, players that show that one would stop there.
    if (bytes.some((each) => each === 0)) break;
    if (found.lastRun?.run !== run.run) found.addRun(run);
    const share = Math.min(1, ...bytes.map((each, index) => each / segment.bytes[index]!));
    found.append({ ...segment, bytes, durationSeconds: segment.durationSeconds * share });
    if (share < 1) break;
  }
  return found;
}

/** Cuts a file that is shorter than it was back to its last whole fragment; 0 when nothing of it can be played. */
async function wholeBytes(path: string, expected: number): Promise<number> {
  const size = await stat(path).then(
    (file) => file.size,
    () => 0,
  );
  if (size >= expected || size === 0) return Math.min(size, expected);
  const file = await open(path, "r");
  try {
    const playable = playableBytes(await scanBoxes(file));
    await truncate(path, playable);
    return playable;
  } finally {
    await file.close();
  }
}
