import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { Broadcast } from "../broadcast/broadcast.ts";
import type { LiveStreamDependencies } from "./live-stream-dependencies.ts";

/** Ends a broadcast, and removes it when nobody looks at its end any more. */
export class BroadcastEnd {
  readonly #broadcastId: string;
  readonly #dependencies: Pick<LiveStreamDependencies, "recordings" | "records" | "keepEndedSeconds">;
  readonly #log: Log;
  #removal: NodeJS.Timeout | null = null;

  constructor(
    broadcastId: string,
    dependencies: Pick<LiveStreamDependencies, "recordings" | "records" | "keepEndedSeconds">,
    log: Log,
  ) {
    this.#broadcastId = broadcastId;
    this.#dependencies = dependencies;
    this.#log = log;
  }

  /** Its playlists are closed, then its recording is. */
  close(broadcast: Broadcast): void {
    broadcast
      .end()
      .catch((error) => this.#log.error("broadcast.end-failed", { error: describeError(error) }))
      .then(() => this.#dependencies.recordings?.end(this.#broadcastId))
      .catch((error) => this.#log.error("recording.end-failed", { error: describeError(error) }));
  }

  /** `endedAt` counts, over restarts of the sidecar too. */
  removeLater(
    broadcast: Broadcast,
    endedAt: string | null,
    told: { readonly removing: () => void; readonly removed: () => void },
  ): void {
    const endedAtMs = endedAt === null ? Date.now() : Date.parse(endedAt);
    const remaining = Math.max(0, endedAtMs + this.#dependencies.keepEndedSeconds * 1000 - Date.now());
    this.#removal = setTimeout(() => {
      told.removing();
      broadcast
        .remove()
        .catch((error) => this.#log.error("broadcast.remove-failed", { error: describeError(error) }))
        .finally(() => {
          this.#dependencies.records.remove(this.#broadcastId);
          told.removed();
        });
    }, remaining);
  }

  stop(): void {
    if (this.#removal !== null) clearTimeout(this.#removal);
  }
}
