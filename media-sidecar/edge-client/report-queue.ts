/** What the edge has not been told yet, one report a stream. Pure but for the clock it is given. */
import type { StreamReport } from "../../edge/protocol/internal-media.ts";

export type ReportParts = Omit<StreamReport, "streamId" | "revision">;

/**
 * Later news replaces earlier news part by part, so that an edge which was away for an hour is told the present in one
 * report. Revisions come from the clock in microseconds: they grow over restarts without a file.
 */
export class ReportQueue {
  readonly #now: () => number;
  readonly #waiting = new Map<string, StreamReport>();
  #lastRevision = 0;

  /** `now` in milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  add(streamId: string, parts: ReportParts): void {
    this.#lastRevision = Math.max(this.#lastRevision + 1, this.#now() * 1000);
    const waiting = this.#waiting.get(streamId);
    // Another broadcast is another story: nothing of the former one may stand in its report.
    const broadcasts = new Set([waiting?.broadcastId, parts.broadcastId].filter((id) => id !== undefined));
    const kept = broadcasts.size > 1 ? {} : waiting;
    this.#waiting.set(streamId, { ...kept, ...parts, streamId, revision: this.#lastRevision });
  }

  get length(): number {
    return this.#waiting.size;
  }

  isWaiting(streamId: string): boolean {
    return this.#waiting.has(streamId);
  }

  /** The oldest news first, at most `limit`; they stay until `delivered`. */
  next(limit: number): StreamReport[] {
    return [...this.#waiting.values()].sort((a, b) => a.revision - b.revision).slice(0, limit);
  }

  /** Forgets what the edge has taken, unless there is newer news of the same stream. */
  delivered(reports: StreamReport[]): void {
    for (const { streamId, revision } of reports) {
      if (this.#waiting.get(streamId)?.revision === revision) this.#waiting.delete(streamId);
    }
  }
}
