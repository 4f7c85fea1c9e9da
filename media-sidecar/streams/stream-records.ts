/** What a restarted sidecar must know of broadcasts and cannot read elsewhere while the edge may be away. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { MediaStream } from "../../edge/protocol/internal-media.ts";
import { describeError, type Log } from "../../edge/protocol/log.ts";

const StreamRecord = v.object({
  stream: MediaStream,
  broadcastId: v.string(),
  status: v.picklist(["starting", "live", "reconnecting", "ended"]),
  startedAt: v.nullable(v.string()),
  endedAt: v.nullable(v.string()),
  publisher: v.nullable(v.object({ clientId: v.string(), nginxPid: v.string() })),
  /** SHA-256 of the key that the edge let in last, in hex. */
  keyHash: v.optional(v.nullable(v.string()), null),
});
export type StreamRecord = v.InferOutput<typeof StreamRecord>;

const againMs = 2000;

/**
 * One small file a broadcast in `<mediaDirectory>/streams`. Written synchronously: a state that was answered to nginx or
 * the edge must survive a kill -9 in the next instant, and it changes a few times an hour.
 */
export class StreamRecords {
  readonly #directory: string;
  readonly #log: Log;
  /** The disk would not take them. */
  readonly #unsaved = new Map<string, StreamRecord>();

  constructor(mediaDirectory: string, log: Log) {
    this.#directory = join(mediaDirectory, "streams");
    this.#log = log;
    mkdirSync(this.#directory, { recursive: true });
  }

  /** Never throws: a full disk must not end a stream. What it does not take is written when there is room. */
  save(record: StreamRecord): void {
    const path = this.#path(record.broadcastId);
    try {
      writeFileSync(`${path}.new`, JSON.stringify(record));
      renameSync(`${path}.new`, path);
      this.#unsaved.delete(record.broadcastId);
    } catch (error) {
      if (this.#unsaved.size === 0) {
        this.#log.error("record.unsaved", { broadcastId: record.broadcastId, error: describeError(error) });
        setTimeout(() => this.#saveAgain(), againMs).unref();
      }
      this.#unsaved.set(record.broadcastId, record);
    }
  }

  #saveAgain(): void {
    const unsaved = [...this.#unsaved.values()];
    this.#unsaved.clear();
    for (const record of unsaved) this.save(record);
  }

  remove(broadcastId: string): void {
    this.#unsaved.delete(broadcastId);
    rmSync(this.#path(broadcastId), { force: true });
  }

  /** All that can be read; a damaged one is removed with a line in the log. */
  load(): StreamRecord[] {
    return readdirSync(this.#directory)
      .filter((name) => name.endsWith(".json"))
      .flatMap((name) => {
        const path = join(this.#directory, name);
        const parsed = v.safeParse(StreamRecord, readJson(path));
        if (parsed.success) return [parsed.output];
        this.#log.warn("record.damaged", { name });
        rmSync(path, { force: true });
        return [];
      });
  }

  #path(broadcastId: string): string {
    return join(this.#directory, `${broadcastId}.json`);
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}
