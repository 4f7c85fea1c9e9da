/** Copies finished recordings into a bucket, one at a time, again and again until each is there; and away again. */
import { join } from "node:path";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { Bucket } from "./bucket.ts";
import { BucketRemovals } from "./bucket-removals.ts";
import type { Recording } from "./recording.ts";
import { type Patience, untilDone } from "./until-done.ts";

const usualPatience: Patience = { firstSeconds: 5, mostSeconds: 3600 };

export class RecordingUploads {
  readonly #bucket: Pick<Bucket, "upload" | "remove">;
  readonly #removals: BucketRemovals;
  readonly #log: Log;
  readonly #patience: Patience;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  /** One file is sent at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    bucket: Pick<Bucket, "upload" | "remove">,
    mediaDirectory: string,
    log: Log,
    patience: Patience = usualPatience,
  ) {
    this.#bucket = bucket;
    this.#removals = new BucketRemovals(bucket, mediaDirectory, log, patience);
    this.#log = log;
    this.#patience = patience;
  }

  /** At start: goes on with copies whose recordings are deleted. */
  restore(): Promise<void> {
    return this.#removals.restore();
  }

  /** Begins, or goes on after a restart. A recording that is there already is passed over. */
  add(recording: Recording): void {
    const { id, record } = recording;
    if (record.upload === "done" || this.#running.has(id)) return;
    this.#running.set(
      id,
      this.#untilDone(recording).finally(() => this.#running.delete(id)),
    );
  }

  /** Of a recording that was deleted. Resolves when the copy's removal is noted; it may take longer. */
  async remove(recording: Recording): Promise<void> {
    await this.#removals.add(recording.id, uploadedKeys(recording), this.#running.get(recording.id));
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the sidecar stops"));
    await Promise.all([...this.#running.values(), this.#removals.stop()]);
  }

  async #untilDone(recording: Recording): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, recording.deleted.signal]);
    // Its turn comes in the order of asking, however long a disk takes to write it down.
    const noted = recording.change({ upload: "waiting" });
    await untilDone(() => this.#inTurn(() => noted.then(() => this.#upload(recording, signal))), {
      signal,
      patience: this.#patience,
      onFailure: async (error, failures) => {
        this.#log.warn("recording.upload-failed", {
          recordingId: recording.id,
          failures,
          error: describeError(error),
        });
        await recording.change({
          upload: "failed",
          error:
            "The copy in the bucket could not be made or verified; it is tried again. The file here stays until it is.",
        });
      },
    });
  }

  async #upload(recording: Recording, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { media, id } = recording;
    await recording.change({ upload: "uploading" });
    const names = uploadedFiles(recording);
    for (const name of names) {
      const type = name.endsWith(".jpg") ? "image/jpeg" : "video/mp4";
      await this.#bucket.upload(join(media.directory, name), keyOf(recording, name), type, signal);
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

/** Where its copy stands in the bucket, or is to stand; none where no copy was ever begun. */
function uploadedKeys(recording: Recording): string[] {
  if (recording.record.upload === null) return [];
  return uploadedFiles(recording).map((name) => keyOf(recording, name));
}

function uploadedFiles({ record: { files, poster } }: Recording): string[] {
  return [...files.map(({ name }) => name), ...(poster === null ? [] : [poster])];
}

function keyOf({ id, record }: Recording, name: string): string {
  return `${record.streamId}/${id}/${name}`;
}
