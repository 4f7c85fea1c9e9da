/**
 * Copies of deleted recordings on their way out of the bucket: tried again and again until they are gone, over restarts,
 * for which a note of each stays in `<mediaDirectory>/bucket-removals/`.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { Bucket } from "./bucket.ts";
import { type Patience, untilDone } from "./until-done.ts";

const Note = v.object({ keys: v.array(v.string()) });

export class BucketRemovals {
  readonly #bucket: Pick<Bucket, "remove">;
  readonly #directory: string;
  readonly #log: Log;
  readonly #patience: Patience;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(bucket: Pick<Bucket, "remove">, mediaDirectory: string, log: Log, patience: Patience) {
    this.#bucket = bucket;
    this.#directory = join(mediaDirectory, "bucket-removals");
    this.#log = log;
    this.#patience = patience;
  }

  /** Goes on with what a former sidecar did not live to do. */
  async restore(): Promise<void> {
    for (const name of await readdir(this.#directory).catch(() => [])) {
      const path = join(this.#directory, name);
      const note = v.safeParse(
        Note,
        await readFile(path, "utf8")
          .then(JSON.parse)
          .catch(() => null),
      );
      if (note.success) this.#begin(name, note.output.keys);
      else await rm(path, { force: true });
    }
  }

  /** Resolves when it is noted, so that a restart does not forget it. It is done when `before` has settled. */
  async add(recordingId: string, keys: readonly string[], before?: Promise<void>): Promise<void> {
    if (keys.length === 0) return;
    const name = `${recordingId}.json`;
    await mkdir(this.#directory, { recursive: true });
    await writeFile(join(this.#directory, name), JSON.stringify({ keys }));
    this.#begin(name, keys, before);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the sidecar stops"));
    await Promise.all(this.#running);
  }

  #begin(name: string, keys: readonly string[], before?: Promise<void>): void {
    const { signal } = this.#stopping;
    const removing: Promise<void> = untilDone(
      async () => {
        await before;
        await this.#remove(name, keys, signal);
      },
      {
        signal,
        patience: this.#patience,
        onFailure: (error, failures) =>
          this.#log.warn("recording.copy-not-removed", { name, failures, error: describeError(error) }),
      },
    ).finally(() => this.#running.delete(removing));
    this.#running.add(removing);
  }

  async #remove(name: string, keys: readonly string[], signal: AbortSignal): Promise<void> {
    for (const key of keys) await this.#bucket.remove(key, signal);
    await rm(join(this.#directory, name), { force: true });
    this.#log.info("recording.copy-removed", { name, files: keys.length });
  }
}
