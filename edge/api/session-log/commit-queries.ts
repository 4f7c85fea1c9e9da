/** The statements of one commit. All are set-based: their number does not depend on the size of the batch. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Role } from "../../protocol/accounts.ts";
import type { EventStatus, Visibility } from "../../protocol/events.ts";
import type { CommitCommand, CommitResult } from "../../protocol/internal-rooms.ts";
import type { EventStanding } from "../events/event-access.ts";
import { type CommitPerson, type CommitPlan, type CommitSession, chatRate, refKey } from "./commit-plan.ts";

/** How long a ref answers as it did the first time. */
const refHours = 24;
// now() throughout, the transaction's beginning: indexes serve no condition on clock_timestamp(), which is volatile.
const refCutoff = sql.raw(`(now() - interval '${refHours} hours')`);
const milliseconds = (at: SQL) => sql`(extract(epoch from ${at}) * 1000)::float8`;

export interface LockedSession extends CommitSession {
  eventId: string;
}

/** Locks the head of the log, so that commits of one session follow each other. Null when it has no log yet. */
export async function lockSession(tx: Database, sessionId: string): Promise<LockedSession | null> {
  const [row] = await tx.execute<{
    head: string;
    event_id: string;
    status: EventStatus;
    visibility: Visibility;
    chat_enabled: boolean;
    slow_mode_seconds: number;
  }>(sql`
    select log.head, session.event_id, event.status, event.visibility,
           session.chat_enabled, session.slow_mode_seconds
    from session_logs log
    join sessions session on session.id = log.session_id
    join events event on event.id = session.event_id
    where log.session_id = ${sessionId}
    for update of log`);
  if (row === undefined) return null;
  return {
    id: sessionId,
    eventId: row.event_id,
    event: { status: row.status, visibility: row.visibility },
    chatEnabled: row.chat_enabled,
    slowModeSeconds: row.slow_mode_seconds,
    head: Number(row.head),
  };
}

/** Gives a session its log. False when there is no such session. */
export async function ensureLog(db: Database, sessionId: string): Promise<boolean> {
  await db.execute(sql`
    insert into session_logs (session_id) select id from sessions where id = ${sessionId}
    on conflict do nothing`);
  const rows = await db.execute(sql`select 1 from session_logs where session_id = ${sessionId}`);
  return rows.length > 0;
}

/** Read after the lock was given, so that times rise with seq. */
export async function readClock(tx: Database): Promise<number> {
  const [row] = await tx.execute<{ now: number }>(
    sql`select floor(${milliseconds(sql`clock_timestamp()`)}) as now`,
  );
  return row!.now;
}

export async function readPeople(
  tx: Database,
  session: LockedSession,
  userIds: readonly string[],
): Promise<Map<string, CommitPerson>> {
  const newestHere =
    session.slowModeSeconds === 0
      ? sql`select null::float8 as wrote_here_at`
      : sql`select ${milliseconds(sql`max(created_at)`)} as wrote_here_at from chat_messages
          where user_id = person.id and session_id = ${session.id}
            and created_at > now() - ${session.slowModeSeconds}::float8 * interval '1 second'`;
  const rows = await tx.execute<{
    id: string;
    name: string;
    role: Role;
    avatar_url: string | null;
    member_role: EventStanding["memberRole"];
    joined: boolean;
    banned: boolean;
    wrote_at: number[] | null;
    wrote_here_at: number | null;
  }>(sql`
    select person.id, person.name, person.role, person.avatar_url, member.role as member_role,
           attendee.user_id is not null as joined, ban.user_id is not null as banned,
           recent.wrote_at, here.wrote_here_at
    from json_array_elements_text(${JSON.stringify(userIds)}::json) as wanted(id)
    join users person on person.id = wanted.id
    left join members member on member.event_id = ${session.eventId} and member.user_id = person.id
    left join attendees attendee on attendee.event_id = ${session.eventId} and attendee.user_id = person.id
    left join bans ban on ban.event_id = ${session.eventId} and ban.user_id = person.id
    left join lateral (
      select json_agg(${milliseconds(sql`newest.created_at`)}) as wrote_at
      from (
        select created_at from chat_messages
        where user_id = person.id
          and created_at > now() - ${chatRate.windowMs}::float8 * interval '1 millisecond'
        order by created_at desc limit ${chatRate.messages}
      ) newest
    ) recent on true
    left join lateral (${newestHere}) here on true`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        globalRole: row.role,
        memberRole: row.member_role,
        joined: row.joined,
        banned: row.banned,
        name: row.name,
        avatarUrl: row.avatar_url,
        wroteAt: row.wrote_at ?? [],
        wroteHereAt: row.wrote_here_at,
      },
    ]),
  );
}

export async function readAnswered(
  tx: Database,
  commands: readonly CommitCommand[],
): Promise<Map<string, CommitResult>> {
  const refs = commands.map(({ userId, ref }) => ({ user_id: userId, ref }));
  const rows = await tx.execute<{ user_id: string; ref: string; result: CommitResult }>(sql`
    select command.user_id, command.ref, command.result
    from json_to_recordset(${JSON.stringify(refs)}::json) as asked(user_id text, ref text)
    join session_commands command on command.user_id = asked.user_id and command.ref = asked.ref
    where command.created_at > ${refCutoff}`);
  return new Map(rows.map((row) => [refKey(row.user_id, row.ref), row.result]));
}

/** Those of `messageIds` that are messages of this session and not deleted. */
export async function readReplyTargets(
  tx: Database,
  sessionId: string,
  messageIds: readonly string[],
): Promise<Set<string>> {
  if (messageIds.length === 0) return new Set();
  const rows = await tx.execute<{ id: string }>(sql`
    select message.id from json_array_elements_text(${JSON.stringify(messageIds)}::json) as asked(id)
    join chat_messages message on message.id = asked.id
    where message.session_id = ${sessionId} and message.deleted_at is null`);
  return new Set(rows.map((row) => row.id));
}

export async function writeMessages(tx: Database, sessionId: string, plan: CommitPlan): Promise<void> {
  if (plan.messages.length === 0) return;
  const rows = plan.messages.map((message) => ({
    id: message.id,
    seq: message.seq,
    user_id: message.user.id,
    text: message.text,
    reply_to: message.replyTo,
    data: message,
  }));
  await tx.execute(sql`
    with message as materialized (
      select * from json_to_recordset(${JSON.stringify(rows)}::json)
        as message(id text, seq bigint, user_id text, text text, reply_to text, data jsonb)
    ), logged as (
      insert into session_events (session_id, seq, type, actor_id, at, data)
      select ${sessionId}, seq, 'chat:message', user_id, ${plan.at}::timestamptz, data from message
    ), headed as (
      update session_logs set head = ${plan.firstSeq + plan.messages.length - 1}::bigint
      where session_id = ${sessionId}
    )
    insert into chat_messages (id, session_id, seq, user_id, text, reply_to, created_at)
    select id, ${sessionId}, seq, user_id, text, reply_to, ${plan.at}::timestamptz from message`);
}

/**
 * Keeps the answers for retries. False when another session's commit has taken one of these refs since they were
 * read: this transaction must be undone and planned again. Rows go in sorted, so that two such commits wait for
 * each other in one direction only.
 */
export async function keepAnswers(tx: Database, sessionId: string, plan: CommitPlan): Promise<boolean> {
  if (plan.kept.length === 0) return true;
  const rows = plan.kept.map(({ userId, ref, result }) => ({ user_id: userId, ref, result }));
  const written = await tx.execute(sql`
    insert into session_commands (user_id, ref, session_id, result, created_at)
    select user_id, ref, ${sessionId}, result, ${plan.at}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json) as kept(user_id text, ref text, result jsonb)
    order by user_id collate "C", ref collate "C"
    on conflict (user_id, ref) do update
      set session_id = excluded.session_id, result = excluded.result, created_at = excluded.created_at
      where session_commands.created_at <= ${refCutoff}
    returning 1`);
  return written.length === plan.kept.length;
}

/** Forgets refs that are out of date, twice as many at most as a commit of this size adds. */
export async function forgetOldAnswers(tx: Database, added: number): Promise<void> {
  await tx.execute(sql`
    delete from session_commands where (user_id, ref) in (
      select user_id, ref from session_commands where created_at <= ${refCutoff}
      order by created_at limit ${2 * added + 1} for update skip locked
    )`);
}
