/** What gateways tell of who is in a session, in the raw log of who was there. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { ActivityReport } from "../../protocol/internal-rooms.ts";
import { markSeen } from "./seen-mark.ts";

/**
 * Adds the signs of one report, which must not have been added before, to the minute of `now`. Who has no account any
 * more is left out. Rows are written in one order by all, so that two reports wait in one direction only.
 */
export async function addSocketSigns(
  tx: Database,
  sessionId: string,
  watching: ActivityReport["watching"],
  now: Date,
): Promise<void> {
  if (watching.length === 0) return;
  const rows = watching.map(({ viewerId, here, playedSeconds, stalls, latencySeconds }) => ({
    viewer_id: viewerId,
    here,
    played: playedSeconds,
    stalls,
    latency: latencySeconds ?? null,
  }));
  const at = sql`${now.toISOString()}::timestamptz`;
  await tx.execute(sql`
    insert into presence_minutes as kept
      (session_id, viewer_id, via, minute, first_at, last_at, gone, played_seconds, stalls, latency_seconds)
    select ${sessionId}, told.viewer_id, 'socket', date_trunc('minute', ${at}, 'UTC'), ${at}, ${at},
           not bool_or(told.here), sum(told.played), sum(told.stalls)::int, max(told.latency)
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as told(viewer_id text, here boolean, played float8, stalls int, latency float8)
    left join users person on person.id = told.viewer_id and person.deleted_at is null
    where told.viewer_id not like 'usr\\_%' or person.id is not null
    group by told.viewer_id
    order by told.viewer_id collate "C"
    on conflict (session_id, minute, viewer_id, via) do update
      set played_seconds = kept.played_seconds + excluded.played_seconds,
          stalls = kept.stalls + excluded.stalls,
          latency_seconds = coalesce(excluded.latency_seconds, kept.latency_seconds),
          last_at = greatest(kept.last_at, excluded.last_at),
          gone = excluded.gone`);
  await markSeen(tx, [sessionId], now);
}
