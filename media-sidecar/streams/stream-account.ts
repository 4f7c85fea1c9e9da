import type { MediaStream } from "../../edge/protocol/internal-media.ts";
import type { StreamWarning } from "../../edge/protocol/streams.ts";
import type { BroadcastReport } from "../broadcast/broadcast.ts";
import { StreamHealth } from "../health/stream-health.ts";
import type { LiveStreamDependencies } from "./live-stream-dependencies.ts";
import { machineWarnings } from "./machine-warnings.ts";
import { isWorthReporting } from "./report-worth.ts";
import type { LifecycleState } from "./stream-lifecycle.ts";

/** What is known of a broadcast, and what the edge is told of it. */
export class StreamAccount {
  readonly health: StreamHealth;
  /** When viewers first had something to see. */
  startedAt: string | null = null;
  lastError: string | null = null;
  readonly #broadcastId: string;
  readonly #dependencies: Pick<LiveStreamDependencies, "reporter" | "rewindLimit" | "recordings">;
  /** Why its source cannot be carried; that was the end of it. */
  #refusal: string | null = null;
  #told: { report: BroadcastReport; atMs: number } | null = null;

  constructor(
    broadcastId: string,
    { latencyMode }: Pick<MediaStream, "latencyMode">,
    dependencies: Pick<LiveStreamDependencies, "reporter" | "rewindLimit" | "recordings">,
  ) {
    this.#broadcastId = broadcastId;
    this.#dependencies = dependencies;
    this.health = new StreamHealth(latencyMode);
  }

  /** How many renditions are left out for want of a faster machine. */
  get shedCount(): number {
    return this.#told?.report.shed.length ?? 0;
  }

  /** Whether it is worth telling. */
  hear(report: BroadcastReport): boolean {
    const atMs = performance.now();
    const isNews = isWorthReporting(report, this.#told, atMs);
    if (isNews) this.#told = { report, atMs };
    return isNews;
  }

  /** In words for whoever stands at the encoder; the stream shows them. */
  refuse(reason: string): void {
    this.#refusal = reason.slice(0, 500);
    this.lastError = this.#refusal;
  }

  /** Something went wrong beside the broadcast. */
  noteError(streamId: string, detail: string): void {
    this.lastError = detail.slice(0, 500);
    this.#dependencies.reporter.report(streamId, { lastError: this.lastError });
  }

  /** Everything the edge should know of the present. */
  tell(stream: MediaStream, status: LifecycleState["status"]): void {
    const report = this.#told?.report;
    this.#dependencies.reporter.report(stream.streamId, {
      status,
      broadcastId: this.#broadcastId,
      startedAt: this.startedAt,
      lastError: this.lastError,
      ...(report ? { source: report.source, renditions: report.renditions } : {}),
      ...(report || this.#refusal !== null ? { warnings: this.#warnings(stream) } : {}),
    });
  }

  #warnings(stream: MediaStream): StreamWarning[] {
    const { rewindLimit, recordings } = this.#dependencies;
    return [
      ...this.health.with(this.#told?.report.warnings ?? []),
      ...machineWarnings(stream, rewindLimit.seconds, recordings?.isPaused === true),
      ...(this.#refusal === null ? [] : [{ code: "source-refused", detail: this.#refusal }]),
    ];
  }
}
