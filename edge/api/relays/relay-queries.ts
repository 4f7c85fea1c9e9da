import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { relays } from "../../db/schema/aftermath-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";

export type RelayRow = typeof relays.$inferSelect;

/** Oldest first, at most `limit`, behind `after`. */
export async function listRelays(
  db: Database,
  streamId: string,
  limit: number,
  after: { at: Date; id: string } | null,
): Promise<RelayRow[]> {
  const behind =
    after === null
      ? undefined
      : sql`(${relays.createdAt}, ${relays.id}) > (${after.at.toISOString()}::timestamptz, ${after.id})`;
  return db
    .select()
    .from(relays)
    .where(and(eq(relays.streamId, streamId), behind))
    .orderBy(asc(relays.createdAt), asc(relays.id))
    .limit(limit);
}

/** Relays of the streams that run on this node. */
export async function relaysOfNode(db: Database, nodeId: string): Promise<RelayRow[]> {
  const rows = await db
    .select({ relay: relays })
    .from(relays)
    .innerJoin(streams, eq(streams.id, relays.streamId))
    .where(
      and(eq(streams.mediaNodeId, nodeId), inArray(streams.status, ["starting", "live", "reconnecting"])),
    )
    .orderBy(asc(relays.createdAt), asc(relays.id));
  return rows.map(({ relay }) => relay);
}
