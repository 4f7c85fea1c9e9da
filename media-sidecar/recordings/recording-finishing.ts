/** Makes files of recordings that have ended, one recording at a time. */
import { describeError, type Log } from "../../edge/protocol/log.ts";
import { makePoster } from "./poster.ts";
import type { Recording } from "./recording.ts";
import { isNoRoom, makeFiles } from "./recording-files.ts";
import { makeThumbnails } from "./seek-bar/thumbnails.ts";

export interface FinishingSettings {
  readonly ffmpegPath: string;
  /** Free space that is not for files of recordings. */
  readonly leastFreeBytes: number;
  readonly log: Log;
  /** Its files are made. */
  onReady(recording: Recording): void;
}

/** A disk that was full may have room again. */
const tryAgainMs = 60_000;

export class RecordingFinishing {
  readonly #settings: FinishingSettings;
  readonly #stopping = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #present: { recording: Recording; done: Promise<void> } | null = null;

  constructor(settings: FinishingSettings) {
    this.#settings = settings;
  }

  /** Asked twice for the same, it does it once. */
  add(recording: Recording): void {
    this.#turn = this.#turn.then(() => {
      this.#present = { recording, done: this.#finish(recording) };
      return this.#present.done;
    });
  }

  /** Resolves when nothing is being made of a recording that was deleted. Never rejects. */
  async letGo(recording: Recording): Promise<void> {
    if (this.#present?.recording === recording) await this.#present.done;
  }

  stop(): Promise<void> {
    this.#stopping.abort(new Error("the sidecar stops"));
    return this.#turn;
  }

  async #finish(recording: Recording): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, recording.deleted.signal]);
    if (signal.aborted || recording.record.status !== "processing") return;
    const startedAtMs = performance.now();
    recording.progress = 0;
    try {
      const files = await this.#make(recording, signal);
      recording.progress = null;
      await recording.change({ status: "ready", ...files, error: null });
      const seconds = (performance.now() - startedAtMs) / 1000;
      this.#settings.log.info("recording.ready", {
        recordingId: recording.id,
        files: files.files.length,
        seconds,
      });
      this.#settings.onReady(recording);
    } catch (error) {
      if (!signal.aborted) await this.#failed(recording, error);
    }
  }

  async #make(recording: Recording, signal: AbortSignal) {
    const { media } = recording;
    const { ffmpegPath, leastFreeBytes } = this.#settings;
    // Its end may not have been written down yet: the disk was full, or the sidecar was killed.
    await media.end();
    const onProgress = (share: number) => {
      recording.progress = share;
    };
    // First of all, for they may have to wait for room; pictures would be made anew with every attempt.
    const files = await makeFiles(media, { signal, leastFreeBytes, onProgress });
    const poster = await makePoster(media, ffmpegPath, signal);
    const thumbnails = await makeThumbnails(media, { ffmpegPath, signal });
    return { poster, thumbnails, files };
  }

  /** What is recorded can be replayed all the same. */
  async #failed(recording: Recording, error: unknown): Promise<void> {
    this.#settings.log.error("recording.finish-failed", {
      recordingId: recording.id,
      error: describeError(error),
    });
    recording.progress = null;
    if (isNoRoom(error)) {
      await recording.change({
        error: "The file could not be made yet: there is no room on the media machine's disk.",
      });
      setTimeout(() => this.add(recording), tryAgainMs).unref();
    } else
      await recording.change({
        status: "failed",
        error: "The file could not be made; the media machine's log says why. The replay is not affected.",
      });
  }
}
