/** What people do in a session without saying it: reactions, and how they watch. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { ActivityReport } from "../../protocol/internal-rooms.ts";
import { Problem } from "../../protocol/problem.ts";
import { shareTheLog } from "../playback/write-beats.ts";
import { addSocketSigns } from "./socket-signs.ts";

/** A repeated report is told by its id for so long. */
const keptHours = 24;

/**
 * Adds a gateway's report to what is kept, once however often it is sent. Who has no account any more is left out.
 * Throws `not-found` when the session is absent.
 */
export async function recordActivity(
  db: Database,
  sessionId: string,
  { id, reactions, watching }: ActivityReport,
  now: Date,
): Promise<void> {
  await db.transaction(async (tx) => {
    await shareTheLog(tx);
    const [session] = await tx.execute(sql`select 1 from sessions where id = ${sessionId} for key share`);
    if (session === undefined) throw new Problem("not-found");
    const fresh = await tx.execute(
      sql`insert into activity_reports (id) values (${id}) on conflict do nothing returning 1`,
    );
    if (fresh.length === 0) return;
    await Promise.all([addReactions(tx, sessionId, reactions), addSocketSigns(tx, sessionId, watching, now)]);
  });
}

/** Rows are written in one order by all, so that two reports wait for each other in one direction only. */
async function addReactions(tx: Database, sessionId: string, reactions: ActivityReport["reactions"]) {
  if (reactions.length === 0) return;
  const rows = reactions.map(({ userId, emoji, count }) => ({ user_id: userId, emoji, count }));
  await tx.execute(sql`
    insert into session_reactions as kept (session_id, user_id, emoji, count)
    select ${sessionId}, person.id, told.emoji, sum(told.count)::int
    from json_to_recordset(${JSON.stringify(rows)}::json) as told(user_id text, emoji text, count int)
    join users person on person.id = told.user_id
    where told.count > 0
    group by person.id, told.emoji
    order by person.id collate "C", told.emoji collate "C"
    on conflict (session_id, user_id, emoji) do update set count = kept.count + excluded.count`);
}

/** Forgets reports that nobody sends again. */
export async function forgetOldReports(db: Database): Promise<void> {
  await db.execute(sql`
    delete from activity_reports where id in (
      select id from activity_reports where at < now() - make_interval(hours => ${keptHours})
      order by at limit 10000 for update skip locked
    )`);
}
