/** Minutes in which many left at once. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { milliseconds } from "./report-rows.ts";

/** A minute that many left in; milliseconds since the epoch. */
export interface LeftMinute {
  at: number;
  left: number;
}

const fewestLeft = 5;
const mostMinutes = 1000;

/**
 * The minutes, oldest first, after which there are at least a tenth fewer viewers, and at least five: those who came
 * in the next minute make up for those who left. What came after `asOf` is not rolled up, and nobody has left a minute
 * whose next one is not whole.
 */
export async function readLeftMinutes(db: Database, eventId: string, asOf: Date): Promise<LeftMinute[]> {
  return db.execute<{ at: number; left: number }>(sql`
    with followed as (
      select at, viewers, lead(at) over by_time as next_at, lead(viewers) over by_time as next_viewers
      from watch_roll_ups where scope_id = ${eventId} and span = 'minute'
      window by_time as (order by at)
    ), compared as (
      select at, viewers,
             viewers - case when next_at = at + interval '1 minute' then next_viewers else 0 end as gone
      from followed where at <= ${asOf.toISOString()}::timestamptz - interval '2 minutes'
    )
    select ${milliseconds(sql`at`)} as at, gone as left
    from compared where gone >= ${fewestLeft} and gone * 10 >= viewers
    order by at limit ${mostMinutes}`);
}

/** Minutes in a row are one drop-out: it stands at the first, and as many left as in all of them. Pure. */
export function dropOuts(minutes: readonly LeftMinute[]): LeftMinute[] {
  const found: LeftMinute[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, left } of minutes) {
    const running = found.at(-1);
    if (running && at === last + 60_000) running.left += left;
    else found.push({ at, left });
    last = at;
  }
  return found;
}
