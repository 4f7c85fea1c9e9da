import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";

/**
 * Takes a person's name and picture out of what sessions replay: beside what they said and asked, where others spoke
 * to them, and in what moderators did. Looks in the sessions in which they wrote, asked or were muted.
 */
export async function forgetNameInLogs(db: Database, userId: string, replacement: string): Promise<void> {
  // As jsonb writes a person: shorter keys first, so `id` and `name` stand together, with `role` and `avatarUrl`
  // behind them. Inside a text quotes are escaped, so nothing that people write looks like this.
  const text = String.raw`"(?:[^"\\]|\\.)*"`;
  const named = `"id": "${userId}", "name": ${text}`;
  const pictured = `("id": "${userId}", "name": ${text}, "role": "[a-z]+", "avatarUrl": )(?:null|${text})`;
  const renamed = `"id": "${userId}", "name": ${JSON.stringify(replacement)}`;
  const without = (column: "data" | "mentions") => {
    const json = sql.raw(`${column}::text`);
    return sql`regexp_replace(regexp_replace(${json}, ${pictured}, '\\1null', 'g'), ${named}, ${renamed}, 'g')::jsonb`;
  };
  const sessions = sql`(
    select session_id from chat_messages where user_id = ${userId}
    union select session_id from questions where user_id = ${userId}
    union select session_id from chat_mutes where user_id = ${userId})`;
  await db.execute(sql`
    update session_events set data = ${without("data")}
    where session_id in ${sessions} and strpos(data::text, ${`"id": "${userId}"`}) > 0`);
  await db.execute(sql`
    update session_events set data = jsonb_set(data, '{name}', to_jsonb(${replacement}::text))
    where session_id in ${sessions} and type = 'chat:muted' and data ->> 'userId' = ${userId}`);
  await db.execute(sql`
    update chat_messages set mentions = ${without("mentions")}
    where session_id in ${sessions} and strpos(mentions::text, ${`"id": "${userId}"`}) > 0`);
  // Answers kept for retries have the name too; nobody will send these commands again.
  await db.execute(sql`delete from session_commands where user_id = ${userId}`);
}
