import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";

/**
 * Says that the raw log of these sessions, or streams without one, has grown. The mark grows with every batch, however
 * coarse the clock, so that a roll-up that has read it has read everything up to it. Last in the batch's transaction.
 */
export async function markSeen(tx: Database, subjectIds: readonly string[], now: Date): Promise<void> {
  await tx.execute(sql`
    insert into roll_up_marks as kept (subject_id, seen_at)
    select id, ${now.toISOString()}::timestamptz from json_array_elements_text(${JSON.stringify(subjectIds)}::json) as id
    order by id
    on conflict (subject_id) do update
      set seen_at = greatest(kept.seen_at + interval '1 millisecond', excluded.seen_at)`);
}
