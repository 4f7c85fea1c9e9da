/** Copies finished recordings into a bucket, one at a time, again and again until each is there. */
import { join } from "node:path";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import { backoffSeconds, pause } from "../edge-client/repeat.ts";
import type { Bucket } from "./bucket.ts";
import type { Recording } from "./recording.ts";

/** Between attempts. */
export interface UploadPatience {
  readonly firstSeconds: number;
  readonly mostSeconds: number;
}
const usualPatience: UploadPatience = { firstSeconds: 5, mostSeconds: 3600 };

export class RecordingUploads {
  readonly #bucket: Pick<Bucket, "upload">;
  readonly #log: Log;
  readonly #patience: UploadPatience;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** One file is sent at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(bucket: Pick<Bucket, "upload">, log: Log, patience: UploadPatience = usualPatience) {
    this.#bucket = bucket;
    this.#log = log;
    this.#patience = patience;
  }

  /** Begins, or goes on after a restart. A recording that is there already is passed over. */
  add(recording: Recording): void {
    if (recording.record.upload === "done") return;
    const running: Promise<void> = this.#untilDone(recording).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the sidecar stops"));
    await Promise.all(this.#running);
  }

  async #untilDone(recording: Recording): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, recording.deleted.signal]);
    await recording.change({ upload: "waiting" });
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#inTurn(() => this.#upload(recording, signal));
        return;
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        const { id: recordingId } = recording;
        this.#log.warn("recording.upload-failed", { recordingId, failures, error: describeError(error) });
        await recording.change({
          upload: "failed",
          error:
            "The copy in the bucket could not be made or verified; it is tried again. The file here stays until it is.",
        });
        const { firstSeconds, mostSeconds } = this.#patience;
        await pause(backoffSeconds(failures, firstSeconds, mostSeconds), signal);
      }
    }
  }

  async #upload(recording: Recording, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { record, media, id } = recording;
    await recording.change({ upload: "uploading" });
    const names = [
      ...record.files.map(({ name }) => name),
      ...(record.poster === null ? [] : [record.poster]),
    ];
    for (const name of names) {
      const type = name.endsWith(".jpg") ? "image/jpeg" : "video/mp4";
      await this.#bucket.upload(
        join(media.directory, name),
        `${record.streamId}/${id}/${name}`,
        type,
        signal,
      );
    }
    await recording.change({ upload: "done", error: null });
    this.#log.info("recording.uploaded", { recordingId: id, files: names.length });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}
