import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";

/** Nobody reads the pages of one list for longer. */
const keptHours = 1;
const mostAtOnce = 50_000;

/** Forgets how questions were ranked long ago. Never rejects: the next call forgets what this one could not. */
export async function forgetOldRanks(db: Database): Promise<void> {
  await db
    .execute(sql`
      delete from question_rank_changes where id in (
        select id from question_rank_changes where at < now() - ${keptHours}::int * interval '1 hour'
        order by at limit ${mostAtOnce} for update skip locked
      )`)
    .catch(() => {});
}
