/** What becomes of who watched when it grows old: first the raw log goes, then minutes, in the end each viewer's hours. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Environment } from "../environment.ts";
import { sayForgotten } from "./roll-up-marks.ts";

const dayMs = 86_400_000;
const rowsAtOnce = 20_000;
/** Of each table in one call: the next one, half a minute later, goes on. */
const mostBatches = 10;

/**
 * Forgets what is older than `analyticsDays`, by whole days of UTC, in batches; of the raw log only what is rolled up.
 * Hours of sessions, streams and events stay for good: they name nobody. Calls may overlap.
 */
export async function forgetOldWatching(
  db: Database,
  days: Environment["analyticsDays"],
  now: Date,
): Promise<void> {
  await forgetRawLog(db, dayBefore(now, days.raw));
  await forget(db, "watch_roll_ups", sql`span = 'minute' and at < ${dayBefore(now, days.minutes)}`, sql`at`);
  await forget(db, "viewer_hours", sql`hour < ${dayBefore(now, days.viewers)}`, sql`hour`);
  await forget(db, "plays", sql`first_at < ${dayBefore(now, days.viewers)}`, sql`first_at`);
}

async function forgetRawLog(db: Database, before: SQL): Promise<void> {
  // What waits to be rolled up is kept, however old it is.
  const [{ at } = { at: null }] = await db.execute<{ at: string | null }>(sql`
    select to_json(least(${before}, (select min(date_bin('1 day', rolled_up_at, 'epoch')) from roll_up_marks
      where rolled_up_at < seen_at)))#>>'{}' as at
    where (exists (select from play_minutes where minute < ${before})
        or exists (select from presence_minutes where minute < ${before}))
      and not exists (select from roll_up_marks where rolled_up_at = '-infinity')`);
  if (at === null) return;
  // Said first: nobody may roll up again what is half gone.
  await sayForgotten(db, new Date(at));
  for (const table of ["play_minutes", "presence_minutes"] as const) {
    await forget(db, table, sql`minute < ${at}::timestamptz`, sql`minute`);
  }
}

async function forget(db: Database, name: string, condition: SQL, order: SQL): Promise<void> {
  const table = sql.raw(name);
  for (let batch = 0; batch < mostBatches; batch++) {
    const gone = await db.execute(sql`
      delete from ${table} where ctid = any(array(
        select ctid from ${table} where ${condition} order by ${order} limit ${rowsAtOnce} for update skip locked))`);
    if (gone.count < rowsAtOnce) return;
  }
}

/** Midnight of that day. */
function dayBefore(now: Date, days: number): SQL {
  const midnight = Math.floor(now.getTime() / dayMs) * dayMs - days * dayMs;
  return sql`${new Date(midnight).toISOString()}::timestamptz`;
}
