/** All recordings of this machine, by their broadcasts: they grow, are made into files, and go. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { newIdentifier } from "../../edge/protocol/identifier.ts";
import type { MediaCommand, MediaStream } from "../../edge/protocol/internal-media.ts";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { SegmentAsPublished } from "../packager/segment-publisher.ts";
import { KeyedTurns } from "../streams/keyed-turns.ts";
import { Recording } from "./recording.ts";
import { RecordingFinishing } from "./recording-finishing.ts";
import { type KeptRenditions, RecordingMedia } from "./recording-media.ts";
import { type RecordingRecord, readRecord, recordingIdOf } from "./recording-record.ts";
import type { RecordingUploads } from "./recording-uploads.ts";
import { outdated, type RetentionSettings } from "./retention.ts";
import { SteadyClock } from "./steady-clock.ts";

export interface RecordingsSettings {
  readonly mediaDirectory: string;
  readonly renditions: KeptRenditions;
  readonly retention: RetentionSettings;
  readonly ffmpegPath: string;
  readonly log: Log;
  /** Null where no bucket is set. */
  readonly uploads: RecordingUploads | null;
  /** False while the disk is too full to record. */
  hasRoom(): boolean;
  /** Free space that is not for recordings. */
  readonly leastFreeBytes: number;
  readonly clock?: SteadyClock;
}

export class Recordings {
  readonly #settings: RecordingsSettings;
  readonly #all = new Map<string, Recording>();
  readonly #turns = new KeyedTurns();
  /** Of this life: what is left of their broadcasts is not recorded again. */
  readonly #deleted = new Set<string>();
  readonly #expired = new Set<string>();
  readonly #clock: SteadyClock;
  readonly #finishing: RecordingFinishing;

  constructor(settings: RecordingsSettings) {
    this.#settings = settings;
    this.#clock = settings.clock ?? new SteadyClock();
    this.#finishing = new RecordingFinishing({
      ...settings,
      onReady: (recording) => settings.uploads?.add(recording),
    });
  }

  get all(): readonly Recording[] {
    return [...this.#all.values()];
  }

  /** The disk is too full to record. */
  get isPaused(): boolean {
    return !this.#settings.hasRoom();
  }

  byPlaybackId(playbackId: string): Recording | undefined {
    return this.all.find(({ record }) => record.playbackId === playbackId);
  }

  /** What was removed here for want of room or for age, and the edge has not heard of. */
  get expired(): readonly string[] {
    return [...this.#expired];
  }

  expiredHeard(ids: readonly string[]): void {
    for (const id of ids) this.#expired.delete(id);
  }

  /** From disk, at start. What has nothing to play is removed, what cannot be read stays; both with a line in the log. */
  async restore(): Promise<void> {
    const root = join(this.#settings.mediaDirectory, "recordings");
    for (const playbackId of await readdir(root).catch(() => []))
      await this.#restoreOne(join(root, playbackId), playbackId).catch((error) =>
        this.#settings.log.error("recording.unreadable", { playbackId, error: describeError(error) }),
      );
    await this.#settings.uploads?.restore();
  }

  async #restoreOne(directory: string, playbackId: string): Promise<void> {
    const { mediaDirectory, renditions, log } = this.#settings;
    const media = await RecordingMedia.restore(mediaDirectory, playbackId, renditions);
    if (media === null) {
      log.warn("recording.empty", { playbackId });
      await rm(directory, { recursive: true, force: true });
      return;
    }
    const record = await readRecord(directory);
    if (record.playbackId !== playbackId) throw new Error("the record is another recording's");
    this.#all.set(record.recordingId, new Recording(media, record));
  }

  /** A segment of a broadcast that may be recorded. Never rejects: the live stream goes on whatever becomes of this. */
  async keep(stream: MediaStream, broadcastId: string, published: SegmentAsPublished): Promise<void> {
    const id = recordingIdOf(broadcastId);
    if (!stream.record || this.#deleted.has(id) || !this.#settings.hasRoom()) return;
    await this.#turns
      .take(id, async () => {
        if (this.#deleted.has(id)) return;
        const known = this.#all.get(id);
        // It was ended, and what comes now is not known to continue it.
        if (known !== undefined && known.record.status !== "recording") return;
        // What a former sidecar published is told again to those who have some of it.
        if (known === undefined && published.again) return;
        const recording = known ?? this.#begin(stream, broadcastId);
        // A recording without its record would not be known after a kill.
        if (known === undefined) await recording.begin();
        await recording.media.keep(published).catch(async (error) => {
          // The next segment begins it.
          if (known === undefined) await recording.media.remove();
          throw error;
        });
        if (known === undefined) {
          this.#all.set(id, recording);
          this.#settings.log.info("recording.began", { recordingId: id, streamId: stream.streamId });
        } else recording.grew();
      })
      .catch((error) =>
        this.#settings.log.error("recording.segment-lost", { recordingId: id, error: describeError(error) }),
      );
  }

  /** The broadcast is over. */
  async end(broadcastId: string): Promise<void> {
    const recording = this.#all.get(recordingIdOf(broadcastId));
    if (recording === undefined) return;
    await this.#turns.take(recording.id, async () => {
      if (recording.record.status !== "recording") return;
      await recording.media.end().catch((error) => this.#complain(recording, "recording.end-failed", error));
      const { startedAtMs, seconds } = recording.media;
      // A clock that was put back must not let it end before it began.
      const endedAtMs = Math.max(this.#clock.now, (startedAtMs ?? 0) + seconds * 1000);
      await recording.change({ status: "processing", endedAt: new Date(endedAtMs).toISOString() });
    });
    this.#finishing.add(recording);
  }

  /** At start, when running broadcasts are known: the others' recordings are over, and what was half made is made. */
  async settle(running: ReadonlySet<string>): Promise<void> {
    for (const recording of this.all) {
      const { status, broadcastId } = recording.record;
      if (status === "recording" && !running.has(broadcastId)) await this.end(broadcastId);
      // What failed may do so no more.
      if (status === "failed") await recording.change({ status: "processing" });
      if (status === "processing" || status === "failed") this.#finishing.add(recording);
      if (status === "ready") this.#settings.uploads?.add(recording);
    }
  }

  async carryOut({ kind, streamId, playbackGeneration, recordingId }: MediaCommand): Promise<void> {
    if (kind === "delete-recording" && recordingId !== null) await this.delete(recordingId);
    if (kind !== "revoke" || playbackGeneration === null) return;
    for (const recording of this.all)
      if (recording.record.streamId === streamId) {
        await recording.admit({ visibility: recording.record.visibility, playbackGeneration });
        // The event may have become private, too; the edge says so when it is told of the recording.
        recording.grew();
      }
  }

  /** Also while it is recorded, made into files, uploaded or watched. Its copy in the bucket goes with it. */
  async delete(recordingId: string): Promise<void> {
    const recording = this.#all.get(recordingId);
    await this.#remove(recordingId);
    if (recording) await this.#settings.uploads?.remove(recording);
  }

  async #remove(recordingId: string): Promise<void> {
    this.#deleted.add(recordingId);
    const recording = this.#all.get(recordingId);
    if (recording === undefined) return;
    this.#all.delete(recordingId);
    recording.deleted.abort(new Error("the recording was deleted"));
    await this.#finishing.letGo(recording);
    await this.#turns.take(recordingId, () => recording.media.remove());
    this.#settings.log.info("recording.deleted", { recordingId });
  }

  /** Removes what is kept long enough, and leaves copies in the bucket; call every few minutes. */
  async removeOutdated(): Promise<void> {
    const { retention } = this.#settings;
    const believed = this.#clock.isSteady() ? retention : { ...retention, keepDays: null };
    const retained = this.all.map(({ id, record, bytes }) => ({
      recordingId: id,
      endedAtMs:
        record.endedAt === null || record.status === "processing" ? null : Date.parse(record.endedAt),
      bytes,
      // Where no bucket is set any more, nobody waits for a copy.
      needed: this.#settings.uploads !== null && record.upload !== null && record.upload !== "done",
    }));
    for (const recordingId of outdated(retained, this.#clock.now, believed)) {
      this.#expired.add(recordingId);
      await this.#remove(recordingId);
    }
  }

  async stop(): Promise<void> {
    await this.#finishing.stop();
    await this.#settings.uploads?.stop();
    // What was published just before is written down.
    await Promise.all(this.all.map(({ id }) => this.#turns.take(id, async () => {})));
  }

  #begin(stream: MediaStream, broadcastId: string): Recording {
    const playbackId = newIdentifier("playback");
    const { mediaDirectory, renditions } = this.#settings;
    const record: RecordingRecord = {
      recordingId: recordingIdOf(broadcastId),
      streamId: stream.streamId,
      broadcastId,
      playbackId,
      status: "recording",
      endedAt: null,
      files: [],
      poster: null,
      thumbnails: null,
      upload: null,
      error: null,
      revision: 0,
      visibility: stream.visibility,
      playbackGeneration: stream.playbackGeneration,
    };
    return new Recording(RecordingMedia.create(mediaDirectory, playbackId, renditions), record);
  }

  #complain(recording: Recording, event: string, error: unknown): void {
    this.#settings.log.error(event, { recordingId: recording.id, error: describeError(error) });
  }
}
