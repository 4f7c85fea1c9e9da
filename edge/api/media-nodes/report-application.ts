/** What a node's report changes on a stream. Pure; the caller holds the stream's row lock. */
import type { StreamReport } from "../../protocol/internal-media.ts";
import type { StreamRendition, StreamSource, StreamStatus, StreamWarning } from "../../protocol/streams.ts";

export interface ReportedStream {
  status: StreamStatus;
  mediaNodeId: string | null;
  broadcastId: string | null;
  reportRevision: number;
  startedAt: Date | null;
}

/** Columns to set; an absent one stays. */
export interface StreamChange {
  status?: StreamStatus;
  broadcastId?: string | null;
  reportRevision?: number;
  source?: StreamSource | null;
  renditions?: StreamRendition[];
  warnings?: StreamWarning[];
  shed?: [];
  lastError?: string | null;
  startedAt?: Date | null;
  endedAt?: Date | null;
}

export interface ReportEffect {
  change: StreamChange;
  /** The event's people have something new to hear. */
  announce: boolean;
}

/**
 * Null when the report has nothing to say: it is older than what was taken before. Of a node that does not hold
 * the stream only `lastError` is taken, as for a publisher it had to refuse.
 */
export function applyReport(
  stream: ReportedStream,
  report: StreamReport,
  nodeId: string,
  now: Date,
): ReportEffect | null {
  if (stream.mediaNodeId !== nodeId) {
    if (report.lastError === undefined || report.status !== undefined) return null;
    return { change: { lastError: report.lastError }, announce: false };
  }
  if (report.revision <= stream.reportRevision) return null;

  const change: StreamChange = { reportRevision: report.revision };
  if (report.source !== undefined) change.source = report.source;
  if (report.renditions !== undefined) change.renditions = report.renditions;
  if (report.warnings !== undefined) change.warnings = report.warnings;
  if (report.lastError !== undefined) change.lastError = report.lastError;
  if (report.status === undefined || isOverAlready(stream, report)) return { change, announce: false };

  const startedAt = startOf(stream, report, now);
  change.status = report.status;
  change.startedAt = startedAt;
  change.endedAt = report.status === "ended" ? now : null;
  if (report.status === "ended") change.shed = [];
  if (report.broadcastId !== undefined) change.broadcastId = report.broadcastId;
  const announce = report.status !== stream.status || startedAt?.getTime() !== stream.startedAt?.getTime();
  return { change, announce };
}

/** A broadcast that was ended here stays ended, whatever was still under way; only a new one is live again. */
function isOverAlready(stream: ReportedStream, report: StreamReport): boolean {
  if (stream.status !== "ended" || stream.broadcastId === null) return false;
  return report.broadcastId === undefined || report.broadcastId === stream.broadcastId;
}

function startOf(stream: ReportedStream, report: StreamReport, now: Date): Date | null {
  if (report.startedAt === null) return null;
  // Text of the right form may still name no instant.
  const reported = report.startedAt === undefined ? Number.NaN : Date.parse(report.startedAt);
  if (!Number.isNaN(reported)) return new Date(reported);
  return stream.startedAt ?? (report.status === "live" ? now : null);
}
