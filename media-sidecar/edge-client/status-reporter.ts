import type { Log } from "../../edge/protocol/log.ts";
import { type EdgeClient, EdgeRefusal, edgeTrouble } from "./edge-client.ts";
import { backoffSeconds, isWorthALine, pause } from "./repeat.ts";
import { type ReportParts, ReportQueue } from "./report-queue.ts";

/** Tells the edge what happens to streams: soon, in order, and again until it has heard. */
export class StatusReporter {
  readonly #edge: EdgeClient;
  readonly #log: Log;
  readonly #queue = new ReportQueue();
  readonly #stopping = new AbortController();
  #sending: Promise<void> | null = null;

  constructor(edge: EdgeClient, log: Log) {
    this.#edge = edge;
    this.#log = log;
  }

  report(streamId: string, parts: ReportParts): void {
    this.#queue.add(streamId, parts);
    this.#wake();
  }

  /** Streams of which the edge has not heard the newest. */
  get waiting(): number {
    return this.#queue.length;
  }

  isWaiting(streamId: string): boolean {
    return this.#queue.isWaiting(streamId);
  }

  /** Gives what waits `seconds` to be heard, then stops trying. */
  async stop(seconds: number): Promise<void> {
    if (this.#sending) await Promise.race([this.#sending, pause(seconds)]);
    this.#stopping.abort();
    await this.#sending;
  }

  #wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
      // News that came after the last look and before this line.
      if (this.#queue.next(1).length > 0) this.#wake();
    });
  }

  async #sendAll(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      // Reports of one turn of the event loop travel together.
      await Promise.resolve();
      const reports = this.#queue.next(failures > 0 ? 1 : 100);
      if (reports.length === 0) return;
      try {
        await this.#edge.report(reports);
        this.#queue.delivered(reports);
        failures = 0;
      } catch (error) {
        failures++;
        const isRefused = error instanceof EdgeRefusal && reports.length === 1;
        if (isRefused || isWorthALine(failures)) {
          this.#log.warn("report.failed", { failures, reports: reports.length, error: edgeTrouble(error) });
        }
        // One that the edge does not understand must not hold up the others for ever.
        if (isRefused) this.#queue.delivered(reports);
        else await pause(backoffSeconds(failures), this.#stopping.signal);
      }
    }
  }
}
