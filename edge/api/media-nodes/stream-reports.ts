import { eq } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { StreamReport } from "../../protocol/internal-media.ts";
import { redact } from "../../protocol/log.ts";
import { recordBroadcast } from "../stream-health/broadcast-record.ts";
import { streamColumns } from "../streams/stream-columns.ts";
import type { StreamRow } from "../streams/stream-representation.ts";
import { applyReport } from "./report-application.ts";

/** What people should hear after reports were taken. */
export interface Announcement {
  eventId: string | null;
  row: StreamRow;
}

/** Takes a node's reports; unknown streams and stale revisions are passed over. */
export async function takeReports(
  db: Database,
  nodeId: string,
  reports: readonly StreamReport[],
  now: Date,
): Promise<Announcement[]> {
  const announcements: Announcement[] = [];
  for (const report of reports) {
    const announcement = await takeReport(db, nodeId, withoutSecrets(report), now);
    if (announcement !== null) announcements.push(announcement);
  }
  return announcements;
}

function takeReport(
  db: Database,
  nodeId: string,
  report: StreamReport,
  now: Date,
): Promise<Announcement | null> {
  return db.transaction(async (tx) => {
    const [stream] = await tx
      .select(streamColumns)
      .from(streams)
      .where(eq(streams.id, report.streamId))
      .for("update");
    if (stream === undefined) return null;
    const effect = applyReport(stream, report, nodeId, now);
    if (effect === null) return null;
    const [row] = await tx
      .update(streams)
      .set(effect.change)
      .where(eq(streams.id, stream.id))
      .returning(streamColumns);
    await recordBroadcast(tx, stream, row!, now);
    if (!effect.announce) return null;
    const [session] =
      stream.sessionId === null
        ? []
        : await tx
            .select({ eventId: sessions.eventId })
            .from(sessions)
            .where(eq(sessions.id, stream.sessionId));
    return { eventId: session?.eventId ?? null, row: row! };
  });
}

/** An error may quote what the encoder sent; a key in it would be shown to staff. */
function withoutSecrets(report: StreamReport): StreamReport {
  return typeof report.lastError === "string" ? { ...report, lastError: redact(report.lastError) } : report;
}
