/** All recordings of this machine, by their broadcasts: they grow, are made into files, and go. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { newIdentifier } from "../../edge/protocol/identifier.ts";
import type { MediaCommand, MediaStream } from "../../edge/protocol/internal-media.ts";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { SegmentAsPublished } from "../packager/segment-publisher.ts";
import { KeyedTurns } from "../streams/keyed-turns.ts";
import { makePoster } from "./poster.ts";
import { Recording } from "./recording.ts";
import { makeFiles, NoRoom } from "./recording-files.ts";
import { type KeptRenditions, RecordingMedia } from "./recording-media.ts";
import { type RecordingRecord, readRecord, recordingIdOf } from "./recording-record.ts";
import type { RecordingUploads } from "./recording-uploads.ts";
import { outdated, type RetentionSettings } from "./retention.ts";

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
}

/** A disk that was full may have room again. */
const tryAgainMs = 60_000;

export class Recordings {
  readonly #settings: RecordingsSettings;
  readonly #all = new Map<string, Recording>();
  readonly #turns = new KeyedTurns();
  /** Of this life: what is left of their broadcasts is not recorded again. */
  readonly #deleted = new Set<string>();
  readonly #expired = new Set<string>();
  readonly #stopping = new AbortController();
  /** One is made into files at a time. */
  #finishing: Promise<void> = Promise.resolve();

  constructor(settings: RecordingsSettings) {
    this.#settings = settings;
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

  /** From disk, at start. What cannot be read is removed, with a line in the log. */
  async restore(): Promise<void> {
    const { mediaDirectory, renditions, log } = this.#settings;
    const root = join(mediaDirectory, "recordings");
    for (const playbackId of await readdir(root).catch(() => [])) {
      const directory = join(root, playbackId);
      const record = await readRecord(directory);
      const media = record && (await RecordingMedia.restore(mediaDirectory, playbackId, renditions));
      if (record && media && record.playbackId === playbackId) {
        this.#all.set(record.recordingId, new Recording(media, record));
      } else {
        log.warn("recording.unreadable", { playbackId });
        await rm(directory, { recursive: true, force: true });
      }
    }
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
        await recording.media.keep(published).catch(async (error) => {
          // The next segment begins it.
          if (known === undefined) await recording.media.remove();
          throw error;
        });
        if (known === undefined) {
          this.#all.set(id, recording);
          await recording.change({});
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
    if (recording === undefined || recording.record.status !== "recording") return;
    await this.#turns.take(recording.id, async () => {
      await recording.media.end().catch((error) => this.#complain(recording, "recording.end-failed", error));
      await recording.change({ status: "processing", endedAt: new Date().toISOString() });
    });
    this.#finish(recording);
  }

  /** At start, when running broadcasts are known: the others' recordings are over, and what was half made is made. */
  async settle(running: ReadonlySet<string>): Promise<void> {
    for (const recording of this.all) {
      const { status, broadcastId } = recording.record;
      if (status === "recording" && !running.has(broadcastId)) await this.end(broadcastId);
      if (status === "processing") this.#finish(recording);
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

  /** Also while it is recorded, made into files, uploaded or watched. */
  async delete(recordingId: string): Promise<void> {
    this.#deleted.add(recordingId);
    const recording = this.#all.get(recordingId);
    this.#all.delete(recordingId);
    recording?.deleted.abort(new Error("the recording was deleted"));
    await this.#turns.take(recordingId, async () => recording?.media.remove());
    if (recording) this.#settings.log.info("recording.deleted", { recordingId });
  }

  /** Removes what is kept long enough; call every few minutes. */
  async removeOutdated(nowMs = Date.now()): Promise<void> {
    const retained = this.all.map(({ id, record, bytes }) => ({
      recordingId: id,
      endedAtMs:
        record.endedAt === null || record.status === "processing" ? null : Date.parse(record.endedAt),
      bytes,
      needed: record.upload !== null && record.upload !== "done",
    }));
    for (const recordingId of outdated(retained, nowMs, this.#settings.retention)) {
      this.#expired.add(recordingId);
      await this.delete(recordingId);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the sidecar stops"));
    await this.#finishing;
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
      upload: null,
      error: null,
      revision: 0,
      visibility: stream.visibility,
      playbackGeneration: stream.playbackGeneration,
    };
    return new Recording(RecordingMedia.create(mediaDirectory, playbackId, renditions), record);
  }

  #finish(recording: Recording): void {
    this.#finishing = this.#finishing.then(() => this.#finishNow(recording));
  }

  async #finishNow(recording: Recording): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, recording.deleted.signal]);
    // It may have been asked for twice.
    if (signal.aborted || recording.record.status !== "processing") return;
    const { ffmpegPath, log } = this.#settings;
    const startedAtMs = performance.now();
    try {
      recording.progress = 0;
      const onProgress = (share: number) => {
        recording.progress = share;
      };
      const poster = await makePoster(recording.media, ffmpegPath, signal);
      const files = await makeFiles(recording.media, { signal, onProgress });
      recording.progress = null;
      await recording.change({ status: "ready", files, poster, error: null });
      this.#settings.uploads?.add(recording);
      const seconds = (performance.now() - startedAtMs) / 1000;
      log.info("recording.ready", { recordingId: recording.id, files: files.length, seconds });
    } catch (error) {
      if (signal.aborted) return;
      this.#complain(recording, "recording.finish-failed", error);
      recording.progress = null;
      if (error instanceof NoRoom) {
        await recording.change({ error: `The file could not be made yet: ${error.message}.` });
        setTimeout(() => this.#finish(recording), tryAgainMs).unref();
      } else
        await recording.change({
          status: "failed",
          error: "The file could not be made; the media machine's log says why.",
        });
    }
  }

  #complain(recording: Recording, event: string, error: unknown): void {
    this.#settings.log.error(event, { recordingId: recording.id, error: describeError(error) });
  }
}
