import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { forgetOldKeys } from "../idempotency/kept-answers.ts";

const keptHours = 24;

/** Addresses are not kept beyond a day: of logins, and those that strangers' Idempotency-Keys are known by. */
export async function forgetAddresses(db: Database, now: Date): Promise<void> {
  await forgetOldKeys(db, now);
  await db.execute(sql`
    update logins set ip = null where id in (
      select id from logins
      where ip is not null and created_at < ${now.toISOString()}::timestamptz - make_interval(hours => ${keptHours})
      order by created_at limit 5000 for update skip locked
    )`);
}
