import type { streams } from "../../db/schema/streams-tables.ts";
import type { Stream, StreamStatusData } from "../../protocol/streams.ts";
import { playbackUrl } from "./stream-addresses.ts";

/** A stream's row without the key's hash, which no answer is made from. */
export type StreamRow = Omit<typeof streams.$inferSelect, "keyHash">;

/** A room says every few seconds how many watch; a figure that old comes from a room that is gone. */
export const viewersFreshMs = 45_000;

export interface StreamView {
  row: StreamRow;
  /** The public HLS host of the node that holds the stream, or null where none is known. */
  nodeHlsHost: string | null;
  /** How many watch without a socket; what its session's room says counts them in. */
  others: number;
  /** Staff see what the encoder sends and what went wrong. */
  staff: boolean;
}

/** The public addresses of this copy: media by HTTP, and where encoders publish. */
export interface PublicHosts {
  hlsHost: string;
  ingestUrl: string;
}

export function toStream(
  { row, nodeHlsHost, others, staff }: StreamView,
  hosts: PublicHosts,
  now: Date,
): Stream {
  return {
    id: row.id,
    title: row.title,
    sessionId: row.sessionId,
    status: row.status,
    playbackId: row.playbackId,
    playbackUrl: playbackUrl(nodeHlsHost || hosts.hlsHost, row.playbackId),
    latencyMode: row.latencyMode,
    record: row.record,
    reconnectWindowSeconds: row.reconnectWindowSeconds,
    rewindSeconds: row.rewindSeconds,
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    renditions: row.renditions ?? [],
    ...(staff ? ofStaff(row, hosts) : {}),
    viewers: Math.max(isFresh(row.viewersAt, now) ? row.viewers : 0, others),
    peakViewers: Math.max(row.peakViewers, others),
  };
}

function ofStaff({ lastError, source, warnings, shed }: StreamRow, { ingestUrl }: PublicHosts) {
  return { lastError, source, warnings, shed, ingestUrl };
}

function isFresh(at: Date | null, now: Date): boolean {
  return at !== null && now.getTime() - at.getTime() < viewersFreshMs;
}

export function toStreamStatus(
  row: Pick<StreamRow, "id" | "sessionId" | "status" | "playbackId" | "startedAt">,
): StreamStatusData {
  return {
    streamId: row.id,
    sessionId: row.sessionId,
    status: row.status,
    playbackId: row.playbackId,
    startedAt: row.startedAt?.toISOString() ?? null,
  };
}
