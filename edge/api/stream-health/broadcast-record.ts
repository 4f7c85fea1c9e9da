/** Each time a stream was live, as its node's reports tell it. */
import { and, eq, isNull, ne, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { broadcasts } from "../../db/schema/aftermath-tables.ts";
import type { StreamRow } from "../streams/stream-representation.ts";

const mostLosses = 500;

/**
 * Writes down what a change of a stream's status means for its broadcast: the first picture begins it, being without
 * one is a loss, being live again counts as a reconnect, the end ends it, and so does another broadcast. One that never showed a picture was none.
 * Needs the stream's row lock, under which `before` was read.
 */
export async function recordBroadcast(
  tx: Database,
  before: Pick<StreamRow, "status" | "broadcastId">,
  after: StreamRow,
  now: Date,
): Promise<void> {
  const { id: streamId, broadcastId, sessionId, startedAt, status } = after;
  const isSame = before.broadcastId === broadcastId;
  if (before.status === status && isSame) return;
  if (!isSame) await endOpenBroadcasts(tx, streamId, now, broadcastId);
  if (broadcastId === null || startedAt === null) return;
  const endedAt = status === "ended" ? (after.endedAt ?? now) : null;
  const reconnects = isSame && before.status === "reconnecting" && status === "live" ? 1 : 0;
  const losses = isSame && before.status === "live" && status === "reconnecting" ? [now.toISOString()] : [];
  await tx
    .insert(broadcasts)
    .values({ id: broadcastId, streamId, sessionId, startedAt, endedAt, reconnects, losses })
    .onConflictDoUpdate({
      target: broadcasts.id,
      set: {
        endedAt,
        reconnects: sql`${broadcasts.reconnects} + ${reconnects}`,
        losses: sql`case when jsonb_array_length(${broadcasts.losses}) < ${mostLosses}::int
          then ${broadcasts.losses} || excluded.losses else ${broadcasts.losses} end`,
      },
      setWhere: eq(broadcasts.streamId, streamId),
    });
}

/** Ends what nobody told the end of, such as a machine that burned down; `except` goes on. */
export async function endOpenBroadcasts(
  tx: Database,
  streamId: string,
  now: Date,
  except: string | null = null,
): Promise<void> {
  const others = except === null ? undefined : ne(broadcasts.id, except);
  await tx
    .update(broadcasts)
    .set({ endedAt: now })
    .where(and(eq(broadcasts.streamId, streamId), isNull(broadcasts.endedAt), others));
}
