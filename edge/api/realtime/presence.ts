/** How many watch a session, as its room counts them. */
import { sql } from "drizzle-orm";
import type * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import type { PresenceReport } from "../../protocol/internal-rooms.ts";

const mostViewers = 2 ** 31 - 1;

/**
 * Keeps what a session's room counts, beside its log and beside its stream, and answers the highest count there ever
 * was, which outlives the room. A figure that is not renewed falls to zero by itself.
 */
export async function recordPresence(
  db: Database,
  { sessionId, count, peak }: v.InferOutput<typeof PresenceReport>,
): Promise<number> {
  const viewers = Math.min(count, mostViewers);
  const highest = Math.min(Math.max(count, peak), mostViewers);
  if (sessionId === undefined) return highest;
  const rows = await db.execute<{ peak_viewers: number }>(sql`
    with streamed as (
      update streams
      set viewers = ${viewers}, viewers_at = now(), peak_viewers = greatest(peak_viewers, ${highest}::int)
      where session_id = ${sessionId}
      returning broadcast_id, status
    ), counted as (
      update broadcasts set peak_viewers = greatest(peak_viewers, ${viewers}::int)
      where peak_viewers < ${viewers}::int
        and id in (select broadcast_id from streamed where status in ('live', 'reconnecting'))
    )
    insert into session_logs as log (session_id, viewers, viewers_at, peak_viewers)
    select id, ${viewers}, now(), ${highest} from sessions where id = ${sessionId}
    on conflict (session_id) do update
      set viewers = excluded.viewers, viewers_at = excluded.viewers_at,
          peak_viewers = greatest(log.peak_viewers, excluded.peak_viewers)
    returning peak_viewers`);
  return rows[0]?.peak_viewers ?? highest;
}
