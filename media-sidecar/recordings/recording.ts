/** One recording: its media, what is known of it, and what the edge is to hear. */
import { mkdir } from "node:fs/promises";
import type { RecordingReport, RecordingsResponse } from "../../edge/protocol/internal-aftermath.ts";
import type { MediaStream } from "../../edge/protocol/internal-media.ts";
import type { RecordingMedia } from "./recording-media.ts";
import { type RecordingRecord, writeRecord } from "./recording-record.ts";

type Access = Omit<RecordingsResponse["access"][number], "recordingId">;

/** What changes by our own hand; the rest is the edge's to say. */
export type RecordingChange = Partial<
  Pick<RecordingRecord, "status" | "endedAt" | "files" | "poster" | "thumbnails" | "upload" | "error">
>;

/** So many reports are told before the record is written for them alone. */
const reservedRevisions = 1000;

export class Recording {
  readonly media: RecordingMedia;
  #record: RecordingRecord;
  #revision: number;
  /** How far the files are made, 0 to 1. */
  #progress: number | null = null;
  /** The edge has not heard of what changed last. */
  #isNews = true;
  #writing: Promise<void> = Promise.resolve();
  /** Ends whatever is made of it. */
  readonly deleted = new AbortController();

  constructor(media: RecordingMedia, record: RecordingRecord) {
    this.media = media;
    this.#record = record;
    this.#revision = record.revision;
  }

  get record(): RecordingRecord {
    return this.#record;
  }

  get id(): string {
    return this.#record.recordingId;
  }

  /** Who may watch, as the verdict about playlists asks it of streams. */
  get access(): Pick<MediaStream, "playbackId" | "visibility" | "playbackGeneration"> {
    return this.#record;
  }

  get isNews(): boolean {
    return this.#isNews;
  }

  get bytes(): number {
    return this.media.bytes + this.#record.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Before there is anything of it. Rejects when the disk refuses. */
  async begin(): Promise<void> {
    await mkdir(this.media.directory, { recursive: true });
    await writeRecord(this.media.directory, this.#record);
  }

  change(change: RecordingChange): Promise<void> {
    return this.#save({ ...this.#record, ...change }, true);
  }

  set progress(progress: number | null) {
    this.#progress = progress;
    this.#isNews = true;
  }

  /** It has grown. */
  grew(): void {
    this.#isNews = true;
  }

  admit({ visibility, playbackGeneration }: Access): Promise<void> {
    // An answer may be older than an order.
    const generation = Math.max(playbackGeneration, this.#record.playbackGeneration);
    if (visibility === this.#record.visibility && generation === this.#record.playbackGeneration)
      return Promise.resolve();
    return this.#save({ ...this.#record, visibility, playbackGeneration: generation }, this.#isNews);
  }

  /** What the edge is to hear; null before there is anything to see. */
  async report(): Promise<RecordingReport | null> {
    const { startedAtMs, seconds, bytes } = this.media;
    if (startedAtMs === null) return null;
    this.#isNews = false;
    if (++this.#revision > this.#record.revision)
      await this.#save({ ...this.#record, revision: this.#record.revision + reservedRevisions }, false);
    const { visibility: _, playbackGeneration: __, ...known } = this.#record;
    const { files } = known;
    return {
      ...known,
      revision: this.#revision,
      startedAt: new Date(startedAtMs).toISOString(),
      durationSeconds: seconds,
      sizeBytes: files.length === 0 ? bytes : files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      progress: this.#progress,
    };
  }

  /** The edge did not hear it. */
  unheard(): void {
    this.#isNews = true;
  }

  /** Resolves though the disk refuses: what is in memory holds for as long as we live. */
  #save(record: RecordingRecord, isNews: boolean): Promise<void> {
    this.#record = record;
    this.#isNews = isNews;
    this.#writing = this.#writing.then(() =>
      this.deleted.signal.aborted
        ? undefined
        : writeRecord(this.media.directory, this.#record).catch(() => {}),
    );
    return this.#writing;
  }
}
