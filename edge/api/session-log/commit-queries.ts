/** The statements of one commit. All are set-based: their number does not depend on the size of the batch. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Role } from "../../protocol/accounts.ts";
import type { EventStatus, Visibility } from "../../protocol/events.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand, CommitResult } from "../../protocol/internal-rooms.ts";
import type { EventStanding } from "../events/event-access.ts";
import { type CommitPlan, refKey } from "./commit-plan.ts";
import type { CommitPerson, CommitSession } from "./session-planner.ts";

/** How long a ref answers as it did the first time. */
const refHours = 24;
// now() throughout, the transaction's beginning: indexes serve no condition on clock_timestamp(), which is volatile.
const refCutoff = sql.raw(`(now() - interval '${refHours} hours')`);
const milliseconds = (at: SQL) => sql`(extract(epoch from ${at}) * 1000)::float8`;

/**
 * For the rest of the transaction: whatever is looked up by a key is looked up by its index. The planner takes each
 * list of ids for a hundred, and rather reads all users or all messages than so many one by one; and a connection
 * keeps the plan that it made when a table was small. Here a batch must cost by its own size alone.
 */
const lookupsOnly = sql.raw(
  ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"]
    .map((setting) => `set_config('${setting}', 'off', true)`)
    .join(", "),
);

/** Locks the head of the log, so that commits of one session follow each other. Null when it has no log yet. */
export async function lockSession(tx: Database, sessionId: string): Promise<CommitSession | null> {
  const [row] = await tx.execute<{
    head: string;
    event_id: string;
    status: EventStatus;
    visibility: Visibility;
    version: number;
    chat_enabled: boolean;
    chat_moderated: boolean;
    slow_mode_seconds: number;
    blocked_words: string[];
    blocked_words_action: CommitSession["blockedWordsAction"];
    duplicate_seconds: number;
    questions_enabled: boolean;
    questions_moderated: boolean;
    polls_enabled: boolean;
    askers_visible_to_staff: boolean;
  }>(sql`
    select log.head, session.event_id, event.status, event.visibility, session.version,
           session.chat_enabled, session.chat_moderated, session.slow_mode_seconds,
           session.blocked_words, session.blocked_words_action, session.duplicate_seconds,
           session.questions_enabled, session.questions_moderated, session.polls_enabled,
           session.askers_visible_to_staff, ${lookupsOnly}
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
    head: Number(row.head),
    version: row.version,
    chatEnabled: row.chat_enabled,
    chatModerated: row.chat_moderated,
    slowModeSeconds: row.slow_mode_seconds,
    blockedWords: row.blocked_words,
    blockedWordsAction: row.blocked_words_action,
    duplicateSeconds: row.duplicate_seconds,
    questionsEnabled: row.questions_enabled,
    questionsModerated: row.questions_moderated,
    pollsEnabled: row.polls_enabled,
    askersVisibleToStaff: row.askers_visible_to_staff,
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
  session: CommitSession,
  userIds: readonly string[],
): Promise<Map<string, CommitPerson>> {
  const rows = await tx.execute<{
    id: string;
    name: string;
    role: Role;
    avatar_url: string | null;
    member_role: EventStanding["memberRole"];
    joined: boolean;
    banned: boolean;
    muted_until: number | null;
    shadow: boolean | null;
  }>(sql`
    select person.id, person.name, person.role, person.avatar_url, member.role as member_role,
           attendee.user_id is not null as joined, ban.user_id is not null as banned,
           ${milliseconds(sql`mute.until`)} as muted_until, mute.shadow
    from json_array_elements_text(${JSON.stringify(userIds)}::json) as wanted(id)
    join users person on person.id = wanted.id and person.deleted_at is null
    left join members member on member.event_id = ${session.eventId} and member.user_id = person.id
    left join attendees attendee on attendee.event_id = ${session.eventId} and attendee.user_id = person.id
    left join bans ban on ban.event_id = ${session.eventId} and ban.user_id = person.id
    left join chat_mutes mute on mute.session_id = ${session.id} and mute.user_id = person.id
      and mute.until > clock_timestamp()`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        globalRole: row.role,
        memberRole: row.member_role,
        joined: row.joined,
        banned: row.banned,
        name: row.name,
        avatarUrl: row.avatar_url,
        mute: row.muted_until === null ? null : { until: row.muted_until, shadow: row.shadow === true },
      },
    ]),
  );
}

/** The clock, as `readClock`, and what refs were answered before, by `refKey`. */
export async function readAnswered(
  tx: Database,
  commands: readonly CommitCommand[],
): Promise<{ now: number; answered: Map<string, CommitResult> }> {
  const refs = commands.map(({ userId, ref }) => ({ user_id: userId, ref }));
  const [row] = await tx.execute<{
    now: number;
    answered: { user_id: string; ref: string; result: CommitResult }[] | null;
  }>(sql`
    select floor(${milliseconds(sql`clock_timestamp()`)}) as now, (
      select json_agg(json_build_object('user_id', command.user_id, 'ref', command.ref, 'result', command.result))
      from json_to_recordset(${JSON.stringify(refs)}::json) as asked(user_id text, ref text)
      join session_commands command on command.user_id = asked.user_id and command.ref = asked.ref
      where command.created_at > ${refCutoff}
    ) as answered`);
  const { now, answered } = row!;
  return { now, answered: new Map(answered?.map((each) => [refKey(each.user_id, each.ref), each.result])) };
}

/** Appends the plan's events to the log and moves its head. */
export async function writeEvents(tx: Database, sessionId: string, plan: CommitPlan): Promise<void> {
  if (plan.events.length === 0) return;
  const rows = plan.events.map(({ seq, type, audience, actorId, data }) => ({
    seq,
    type,
    audience_kind: audience.kind,
    audience_user_id: audience.kind === "all" ? null : (audience.userId ?? null),
    actor_id: actorId,
    data,
  }));
  await tx.execute(sql`
    with headed as (
      update session_logs set head = ${plan.firstSeq + plan.events.length - 1}::bigint
      where session_id = ${sessionId}
    )
    insert into session_events (session_id, seq, type, audience_kind, audience_user_id, actor_id, at, data)
    select ${sessionId}, seq, type, audience_kind, audience_user_id, actor_id, ${plan.at}::timestamptz, data
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as event(seq bigint, type text, audience_kind text, audience_user_id text, actor_id text, data jsonb)`);
}

/** Writes down what staff did, with what they did. */
export async function writeAudits(tx: Database, plan: CommitPlan): Promise<void> {
  if (plan.audits.length === 0) return;
  const rows = plan.audits.map(({ actorId, act }) => ({
    id: newIdentifier("auditEntry"),
    actor_id: actorId,
    action: act.action,
    subject_kind: act.subject.kind,
    subject_id: act.subject.id,
    event_id: act.eventId ?? null,
    detail: act.detail ?? {},
  }));
  await tx.execute(sql`
    insert into audit_log (id, at, actor_id, action, subject_kind, subject_id, event_id, detail)
    select id, ${plan.at}::timestamptz, actor_id, action, subject_kind, subject_id, event_id, detail
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as act(id text, actor_id text, action text, subject_kind text, subject_id text, event_id text, detail jsonb)`);
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

const forgottenAtOnce = 5000;

/** Forgets refs that are out of date, piece by piece. */
export async function forgetOldAnswers(db: Database): Promise<void> {
  for (let left = 100; left > 0; left--) {
    const forgotten = await db.execute(sql`
      delete from session_commands where (user_id, ref) in (
        select user_id, ref from session_commands where created_at <= ${refCutoff}
        order by created_at limit ${forgottenAtOnce} for update skip locked
      ) returning 1`);
    if (forgotten.length < forgottenAtOnce) return;
  }
}
