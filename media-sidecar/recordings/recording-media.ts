/**
 * The media of one recording: the packager's own segment files under names of their own, its journal, its playlists.
 * Numbers of segments and runs begin at zero.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { renderMasterPlaylist } from "../packager/master-playlist.ts";
import { initFile, renderMediaPlaylist, segmentFile } from "../packager/media-playlist.ts";
import { type PublishedSegment, PublishedTimeline } from "../packager/published-timeline.ts";
import type { SegmentAsPublished } from "../packager/segment-publisher.ts";
import { keepFile, syncFile } from "./kept-files.ts";
import type { MovieSegment } from "./movie/write-movie.ts";
import { RecordingJournal, restoreTimeline, runEntry, segmentEntry } from "./recording-journal.ts";

export type KeptRenditions = "all" | "top";

/** A segment of one quality, and when it is shown: seconds of the recording. */
export interface KeptSegment extends MovieSegment {
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

export class RecordingMedia {
  readonly directory: string;
  readonly #renditions: KeptRenditions;
  readonly #journal: RecordingJournal;
  #timeline: PublishedTimeline | null;
  /** The packager's run whose segments were kept last, and ours of it. */
  #run: { theirs: number; ours: number } | null = null;
  #lastTheirs: number | null = null;
  #bytes = 0;
  #topBytes = 0;
  #seconds = 0;
  #playlists = new Map<string, Buffer>();

  private constructor(
    directory: string,
    playbackId: string,
    renditions: KeptRenditions,
    timeline: PublishedTimeline | null,
  ) {
    this.#renditions = renditions;
    this.directory = directory;
    this.#timeline = timeline;
    this.#journal = new RecordingJournal(directory, playbackId);
    for (const segment of timeline?.segments ?? []) this.#count(segment);
  }

  static create(mediaDirectory: string, playbackId: string, renditions: KeptRenditions): RecordingMedia {
    return new RecordingMedia(recordingDirectory(mediaDirectory, playbackId), playbackId, renditions, null);
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
    const timeline = await restoreTimeline(directory);
    return timeline && new RecordingMedia(directory, playbackId, renditions, timeline);
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

  /** Takes a segment of the packager. Rejects when the disk refuses; then what came before still stands. */
  async keep(published: SegmentAsPublished): Promise<void> {
    const { slots, segment } = published;
    if (published.again && !this.#isMissing(published)) return;
    if (this.#journal.isSpoiled && this.#timeline !== null) {
      await this.#journal.rewrite(this.#timeline);
      // A run without segments is not in it.
      this.#run = null;
    }
    if (this.#timeline === null) {
      const kept = this.#renditions === "all" ? slots : slots.slice(0, 1);
      for (const slot of slots.keys()) await mkdir(join(this.directory, `v${slot}`), { recursive: true });
      await this.#journal.create(segment.startsAt, kept);
      this.#timeline = new PublishedTimeline(kept, Number.POSITIVE_INFINITY);
    }
    await this.#append(this.#timeline, published);
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

  async #append(
    timeline: PublishedTimeline,
    { run, segment, targetDuration, store }: SegmentAsPublished,
  ): Promise<void> {
    const renditions = this.#renditions === "all" ? run.renditions : run.renditions.slice(0, 1);
    const keep = (pathOf: (slot: number) => string, file: string) =>
      Promise.all(renditions.map(({ slot }) => keepFile(pathOf(slot), this.#path(slot, file))));
    const sequence = timeline.nextSequence;
    const follows = this.#run?.theirs === run.run && this.#lastTheirs === segment.sequence - 1;
    if (this.#run?.theirs !== run.run) {
      const own = { run: (timeline.lastRun?.run ?? -1) + 1, renditions };
      await keep((slot) => store.initPath(slot, run.run), initFile(own.run));
      await this.#journal.append(runEntry(own));
      timeline.addRun(own);
      this.#run = { theirs: run.run, ours: own.run };
    }
    await keep((slot) => store.segmentPath(slot, segment.sequence), segmentFile(sequence));
    await Promise.all(renditions.map(({ slot }) => syncFile(join(this.directory, `v${slot}`))));
    const entry: PublishedSegment = {
      ...segment,
      sequence,
      run: this.#run.ours,
      bytes: segment.bytes.slice(0, renditions.length),
      discontinuity: sequence > 0 && !(follows && !segment.discontinuity),
    };
    const longest = Math.max(targetDuration, timeline.targetDuration);
    await this.#journal.append(segmentEntry(entry, longest));
    timeline.targetDuration = longest;
    timeline.append(entry);
    this.#lastTheirs = segment.sequence;
    this.#count(entry);
    this.#playlists.clear();
  }

  async end(): Promise<void> {
    if (this.#timeline === null || this.#timeline.ended) return;
    if (this.#journal.isSpoiled) await this.#journal.rewrite(this.#timeline);
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
      const options = { prefix: null, partTargetSeconds: null, skip: false, hint: false } as const;
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

  /** All of it in order, in the best picture or in the smallest. */
  segments(quality: "best" | "smallest"): KeptSegment[] {
    const timeline = this.#timeline;
    if (timeline === null) return [];
    const wanted = quality === "best" ? 0 : timeline.slots.length - 1;
    let startSeconds = 0;
    return timeline.segments.map(({ run, sequence, durationSeconds, discontinuity }) => {
      const { slot } = timeline.renditionFor(timeline.run(run), wanted).rendition;
      const kept = { startSeconds, durationSeconds, discontinuity };
      startSeconds += durationSeconds;
      const [path, initPath] = [this.#path(slot, segmentFile(sequence)), this.#path(slot, initFile(run))];
      return { ...kept, path, initPath };
    });
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  #path(slot: number, file: string): string {
    return join(this.directory, `v${slot}`, file);
  }

  #count({ bytes, durationSeconds }: PublishedSegment): void {
    for (const each of bytes) this.#bytes += each;
    this.#topBytes += bytes[0] ?? 0;
    this.#seconds += durationSeconds;
  }
}

/** Named by what stands in the addresses of its files. */
export function recordingDirectory(mediaDirectory: string, playbackId: string): string {
  return join(mediaDirectory, "recordings", playbackId);
}
