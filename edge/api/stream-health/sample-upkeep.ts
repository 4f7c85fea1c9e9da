/** What becomes of samples that grow old: fewer and fewer, in the end none. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { summaryOfSamples } from "./sample-summary.ts";

/** Longer than any sample may be late. */
const wholeHours = 48;
const foldedSeconds = 300;
const keptDays = 90;
const mostAtOnce = 5_000;

/**
 * Folds what is older than two days into one sample for five minutes of a broadcast, and forgets what is older than
 * ninety days. Calls may overlap: rows that another one holds are left to it.
 */
export async function foldOldSamples(db: Database, now: Date): Promise<void> {
  const before = sql`to_timestamp(floor(extract(epoch from ${now.toISOString()}::timestamptz
    - make_interval(hours => ${wholeHours})) / ${foldedSeconds}::int) * ${foldedSeconds}::int)`;
  await db.execute(sql`
    with old as (
      select * from stream_samples where not folded and at < ${before}
      order by at limit ${mostAtOnce} for update skip locked
    ), summed as (
      select stream_id, broadcast_id, min(at) as first_at, max(at) as last_at, ${summaryOfSamples} as sample,
             max(viewers) as viewers, sum(weight)::int as weight
      from old
      group by stream_id, broadcast_id, floor(extract(epoch from at) / ${foldedSeconds}::int)
    ), rest as (
      delete from stream_samples as kept using old, summed
      where kept.stream_id = old.stream_id and kept.at = old.at
        and summed.stream_id = old.stream_id and summed.broadcast_id = old.broadcast_id
        and old.at > summed.first_at and old.at <= summed.last_at
    )
    update stream_samples as kept
    set sample = summed.sample, viewers = summed.viewers, weight = summed.weight, folded = true
    from summed where kept.stream_id = summed.stream_id and kept.at = summed.first_at`);
  await db.execute(sql`
    delete from stream_samples where (stream_id, at) in (
      select stream_id, at from stream_samples
      where at < ${now.toISOString()}::timestamptz - make_interval(days => ${keptDays})
      order by at limit ${mostAtOnce} for update skip locked
    )`);
}
