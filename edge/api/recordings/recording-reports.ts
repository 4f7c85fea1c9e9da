/** What media nodes say of recordings, taken into the database. */
import { and, eq, inArray, isNull, lt, or } from "drizzle-orm";
import type * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { recordings } from "../../db/schema/aftermath-tables.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type {
  RecordingReport,
  RecordingsRequest,
  RecordingsResponse,
} from "../../protocol/internal-aftermath.ts";
import { redact } from "../../protocol/log.ts";
import { toMediaStream } from "../media-nodes/media-stream.ts";
import { ensureNode } from "../media-nodes/node-queries.ts";
import { streamColumns } from "../streams/stream-columns.ts";

/** Stale reports are passed over. Who asks about a recording that was deleted is told so, again and again. */
export async function takeRecordings(
  db: Database,
  { nodeId, reports, expired }: v.InferOutput<typeof RecordingsRequest>,
  now: Date,
): Promise<RecordingsResponse> {
  await ensureNode(db, nodeId);
  if (expired.length > 0)
    await db
      .update(recordings)
      .set({ deletedAt: now })
      .where(
        and(
          inArray(recordings.id, expired),
          eq(recordings.mediaNodeId, nodeId),
          isNull(recordings.deletedAt),
        ),
      );
  const answer: RecordingsResponse = { deleted: [], access: [] };
  for (const report of reports) {
    const access = await takeReport(db, nodeId, report);
    if (access === null) answer.deleted.push(report.recordingId);
    else answer.access.push({ recordingId: report.recordingId, ...access });
  }
  return answer;
}

/** Null when the recording, or its stream, is gone. */
function takeReport(
  db: Database,
  nodeId: string,
  report: RecordingReport,
): Promise<Omit<RecordingsResponse["access"][number], "recordingId"> | null> {
  return db.transaction(async (tx) => {
    const [found] = await tx
      .select({ row: streamColumns, status: events.status, visibility: events.visibility })
      .from(streams)
      .leftJoin(sessions, eq(sessions.id, streams.sessionId))
      .leftJoin(events, eq(events.id, sessions.eventId))
      .where(eq(streams.id, report.streamId))
      .for("key share", { of: streams });
    if (found === undefined) return null;
    const values = columnsOf(report);
    const { recordingId: id, streamId, broadcastId, playbackId } = report;
    await tx
      .insert(recordings)
      .values({
        id,
        streamId,
        broadcastId,
        playbackId,
        mediaNodeId: nodeId,
        title: found.row.title,
        ...values,
      })
      .onConflictDoUpdate({
        target: recordings.id,
        set: { ...values, mediaNodeId: nodeId },
        setWhere: and(
          lt(recordings.revision, report.revision),
          eq(recordings.streamId, streamId),
          isNull(recordings.deletedAt),
          or(eq(recordings.mediaNodeId, nodeId), isNull(recordings.mediaNodeId)),
        )!,
      });
    const [kept] = await tx
      .select({ deletedAt: recordings.deletedAt })
      .from(recordings)
      .where(eq(recordings.id, id));
    if (kept === undefined || kept.deletedAt !== null) return null;
    const { status, visibility } = found;
    const event = status !== null && visibility !== null ? { status, visibility } : null;
    const stream = toMediaStream(found.row, event);
    return { visibility: stream.visibility, playbackGeneration: stream.playbackGeneration };
  });
}

function columnsOf(report: RecordingReport) {
  const {
    status,
    revision,
    durationSeconds,
    progress,
    files,
    poster,
    thumbnails = null,
    upload,
    error,
  } = report;
  return {
    status,
    revision,
    startedAt: new Date(report.startedAt),
    endedAt: report.endedAt === null ? null : new Date(report.endedAt),
    durationSeconds,
    sizeBytes: Math.round(report.sizeBytes),
    progress,
    files,
    poster,
    thumbnails,
    upload,
    error: error === null ? null : redact(error),
  };
}
