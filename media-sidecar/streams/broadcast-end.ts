import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { Broadcast } from "../broadcast/broadcast.ts";
import type { Recordings } from "../recordings/recordings.ts";
import type { StreamRecords } from "./stream-records.ts";

interface EndDependencies {
  readonly recordings?: Pick<Recordings, "end">;
  readonly records: Pick<StreamRecords, "remove">;
  /** Ended playlists stay for viewers who are behind; then files and playlists go. */
  readonly keepEndedSeconds: number;
}

interface Removal {
  readonly removing: () => void;
  readonly removed: () => void;
}

/** Ends a broadcast, and removes it when nobody looks at its end any more. */
export class BroadcastEnd {
  readonly #broadcastId: string;
  readonly #dependencies: EndDependencies;
  readonly #log: Log;
  /** Settles when the playlists are closed; null where a former sidecar did that. */
  #closed: Promise<void> | null = null;
  #removal: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(broadcastId: string, dependencies: EndDependencies, log: Log) {
    this.#broadcastId = broadcastId;
    this.#dependencies = dependencies;
    this.#log = log;
  }

  /** Its playlists are closed, then its recording is. */
  close(broadcast: Pick<Broadcast, "end">): void {
    this.#closed = broadcast
      .end()
      .catch((error) => this.#log.error("broadcast.end-failed", { error: describeError(error) }));
    this.#closed
      .then(() => this.#dependencies.recordings?.end(this.#broadcastId))
      .catch((error) => this.#log.error("recording.end-failed", { error: describeError(error) }));
  }

  /**
   * Players have all of the time to see how it ended: on a busy machine its last pictures may take seconds. Of what a
   * former sidecar has closed, `endedAt` counts.
   */
  removeLater(broadcast: Pick<Broadcast, "remove">, endedAt: string | null, told: Removal): void {
    const keptMs = this.#dependencies.keepEndedSeconds * 1000;
    if (this.#closed !== null) {
      void this.#closed.then(() => this.#removeIn(keptMs, broadcast, told));
      return;
    }
    const endedAtMs = endedAt === null ? Date.now() : Date.parse(endedAt);
    this.#removeIn(Math.max(0, endedAtMs + keptMs - Date.now()), broadcast, told);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#removal !== null) clearTimeout(this.#removal);
  }

  #removeIn(remainingMs: number, broadcast: Pick<Broadcast, "remove">, told: Removal): void {
    if (this.#stopped) return;
    this.#removal = setTimeout(() => {
      told.removing();
      broadcast
        .remove()
        .catch((error) => this.#log.error("broadcast.remove-failed", { error: describeError(error) }))
        .finally(() => {
          this.#dependencies.records.remove(this.#broadcastId);
          told.removed();
        });
    }, remainingMs);
  }
}
