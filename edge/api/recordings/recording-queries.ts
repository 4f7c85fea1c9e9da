import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { recordings } from "../../db/schema/aftermath-tables.ts";
import { mediaNodes } from "../../db/schema/streams-tables.ts";

export interface FoundRecording {
  row: typeof recordings.$inferSelect;
  /** The public HLS host of the node whose disk has it; null where none is known. */
  nodeHlsHost: string | null;
}

/** Newest first, at most `limit`, behind `after`. */
export async function listRecordings(
  db: Database,
  streamId: string,
  limit: number,
  after: { at: Date; id: string } | null,
): Promise<FoundRecording[]> {
  const behind =
    after === null
      ? undefined
      : sql`(${recordings.startedAt}, ${recordings.id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`;
  return selectRecordings(db)
    .where(and(eq(recordings.streamId, streamId), isNull(recordings.deletedAt), behind))
    .orderBy(desc(recordings.startedAt), desc(recordings.id))
    .limit(limit);
}

/** Null when there is none, or it was deleted. */
export async function findRecording(db: Database, id: string): Promise<FoundRecording | null> {
  const [found] = await selectRecordings(db).where(and(eq(recordings.id, id), isNull(recordings.deletedAt)));
  return found ?? null;
}

export async function streamOfRecording(db: Database, id: string): Promise<string | null> {
  const [found] = await db
    .select({ streamId: recordings.streamId })
    .from(recordings)
    .where(and(eq(recordings.id, id), isNull(recordings.deletedAt)));
  return found?.streamId ?? null;
}

function selectRecordings(db: Database) {
  return db
    .select({ row: recordings, nodeHlsHost: mediaNodes.hlsHost })
    .from(recordings)
    .leftJoin(mediaNodes, eq(mediaNodes.id, recordings.mediaNodeId))
    .$dynamic();
}
