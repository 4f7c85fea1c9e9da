import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { CommitSession } from "../session-log/session-planner.ts";
import type { ChatEntry, ChatFacts } from "./chat-facts.ts";

/** Clearing first: what the batch says after it stays, and what it said before is written as gone. */
export function writeChat(
  tx: Database,
  { id: sessionId }: CommitSession,
  { added, changed, cleared, mutes }: ChatFacts,
  at: string,
): Promise<unknown>[] {
  const statements: SQL[] = [];
  if (cleared.all !== null || cleared.users.size > 0) statements.push(clearMessages(sessionId, cleared, at));
  if (changed.size > 0) statements.push(changeMessages([...changed], at));
  if (added.length > 0) statements.push(addMessages(sessionId, added, at));
  if (mutes.size > 0) statements.push(...changeMutes(sessionId, mutes, at));
  return statements.map((statement) => tx.execute(statement));
}

function addMessages(sessionId: string, added: readonly ChatEntry[], at: string): SQL {
  const rows = added.map(({ message, state, deleted, deletedBy }) => ({
    id: message.id,
    seq: message.seq,
    user_id: message.user.id,
    text: message.text,
    reply_to: message.replyTo,
    mentions: message.mentions,
    pinned: message.pinned,
    state,
    deleted,
    deleted_by: deletedBy,
  }));
  return sql`
    insert into chat_messages (id, session_id, seq, user_id, text, reply_to, mentions, pinned, state,
                               deleted_at, deleted_by, created_at)
    select id, ${sessionId}, seq, user_id, text, reply_to, mentions, pinned, state,
           case when deleted then ${at}::timestamptz end, deleted_by, ${at}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as added(id text, seq bigint, user_id text, text text, reply_to text, mentions jsonb, pinned boolean,
               state text, deleted boolean, deleted_by text)`;
}

function changeMessages(changed: readonly ChatEntry[], at: string): SQL {
  const rows = changed.map(({ message, state, deleted, deletedBy }) => ({
    id: message.id,
    seq: message.seq,
    pinned: message.pinned,
    state,
    deleted,
    deleted_by: deletedBy,
  }));
  return sql`
    update chat_messages message
    set seq = changed.seq, pinned = changed.pinned, state = changed.state,
        deleted_at = case when changed.deleted then coalesce(message.deleted_at, ${at}::timestamptz) end,
        deleted_by = coalesce(message.deleted_by, changed.deleted_by)
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as changed(id text, seq bigint, pinned boolean, state text, deleted boolean, deleted_by text)
    where message.id = changed.id`;
}

function clearMessages(sessionId: string, { all, users }: ChatFacts["cleared"], at: string): SQL {
  const rows = [...users].map(([userId, by]) => ({ user_id: userId, by }));
  return sql`
    update chat_messages message
    set deleted_at = ${at}::timestamptz, pinned = false, deleted_by = coalesce(${all}, (
      select by from json_to_recordset(${JSON.stringify(rows)}::json) as cleared(user_id text, by text)
      where cleared.user_id = message.user_id
    ))
    where message.session_id = ${sessionId} and message.deleted_at is null
      and (${all}::text is not null or message.user_id in (
        select user_id from json_to_recordset(${JSON.stringify(rows)}::json) as cleared(user_id text)))`;
}

function changeMutes(sessionId: string, mutes: ChatFacts["mutes"], at: string): SQL[] {
  const set: object[] = [];
  const lifted: string[] = [];
  for (const [userId, mute] of mutes) {
    if (mute === null) lifted.push(userId);
    else {
      const until = new Date(mute.until).toISOString();
      set.push({ user_id: userId, until, shadow: mute.shadow, muted_by: mute.mutedBy });
    }
  }
  const statements: SQL[] = [];
  if (lifted.length > 0) {
    statements.push(sql`
      delete from chat_mutes where session_id = ${sessionId} and user_id in (
        select value from json_array_elements_text(${JSON.stringify(lifted)}::json))`);
  }
  if (set.length > 0) {
    statements.push(sql`
      insert into chat_mutes (session_id, user_id, until, shadow, muted_by, created_at)
      select ${sessionId}, user_id, until, shadow, muted_by, ${at}::timestamptz
      from json_to_recordset(${JSON.stringify(set)}::json)
        as mute(user_id text, until timestamptz, shadow boolean, muted_by text)
      on conflict (session_id, user_id) do update
        set until = excluded.until, shadow = excluded.shadow, muted_by = excluded.muted_by,
            created_at = excluded.created_at`);
  }
  return statements;
}
