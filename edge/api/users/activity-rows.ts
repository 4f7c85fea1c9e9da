/**
 * Each kind of deed as a part of one statement: `id`, `at`, `kind`, `event_id`, `session_id`, `detail`. An id has its
 * kind in front, so that two deeds of one moment have an order.
 */
import { type SQL, sql } from "drizzle-orm";

export interface ActivityReader {
  userId: string;
  /** Admins see what the person is not told, and not what the person did unseen. */
  isSelf: boolean;
  /** In one event only. */
  eventId: string | null;
}

interface Deeds {
  kind: string;
  /** What makes the id unique within its kind. */
  id: SQL;
  at: SQL;
  eventId?: SQL;
  sessionId?: SQL;
  detail: SQL;
  from: SQL;
}

/** Everything that somebody did or met. */
export function deedsOf({ userId, isSelf }: ActivityReader): Deeds[] {
  const attendedAt = sql`(select min(first_at) from viewer_hours
    where viewer_id = ${userId} and scope_id = session.id)`;
  return [
    {
      kind: "signed-in",
      id: sql`login.id`,
      at: sql`login.created_at`,
      detail: sql`jsonb_build_object('deviceName', login.device_name, 'userAgent', login.user_agent)`,
      from: sql`logins login where login.user_id = ${userId}`,
    },
    {
      kind: "joined-event",
      id: sql`seat.event_id`,
      at: sql`seat.joined_at`,
      eventId: sql`seat.event_id`,
      detail: sql`'{}'::jsonb`,
      from: sql`attendees seat where seat.user_id = ${userId}`,
    },
    {
      kind: "attended",
      id: sql`visit.id`,
      at: sql`visit.first_at`,
      sessionId: sql`visit.id`,
      detail: sql`jsonb_build_object('watchSeconds', visit.watched,
        'lastSeenAt', (extract(epoch from visit.last_at) * 1000)::float8)`,
      from: sql`(
        select session.id, min(hour.first_at) as first_at, max(hour.last_at) as last_at,
               sum(hour.watched_seconds) as watched
        from viewer_hours hour join sessions session on session.id = hour.scope_id
        where hour.viewer_id = ${userId} group by session.id) visit where true`,
    },
    {
      kind: "message",
      id: sql`message.id`,
      at: sql`message.created_at`,
      sessionId: sql`message.session_id`,
      detail: sql`jsonb_build_object('text', message.text, 'deleted', message.deleted_at is not null,
        'state', ${isSelf ? sql`case message.state when 'held' then 'held' else 'visible' end` : sql`message.state`})`,
      from: sql`chat_messages message where message.user_id = ${userId}`,
    },
    {
      kind: "question",
      id: sql`question.id`,
      at: sql`question.created_at`,
      sessionId: sql`question.session_id`,
      detail: sql`jsonb_build_object('text', question.text, 'anonymous', question.anonymous,
        'status', question.status)`,
      from: sql`questions question join sessions session on session.id = question.session_id
        where question.user_id = ${userId}
        ${isSelf ? sql`` : sql`and (not question.anonymous or question.asker_visible and session.askers_visible_to_staff)`}`,
    },
    {
      kind: "upvote",
      id: sql`question.id`,
      at: sql`upvote.created_at`,
      sessionId: sql`question.session_id`,
      detail: sql`jsonb_build_object('question', question.text)`,
      from: sql`question_upvotes upvote join questions question on question.id = upvote.question_id
        where upvote.user_id = ${userId}`,
    },
    {
      kind: "vote",
      id: sql`ballot.id`,
      at: sql`ballot.at`,
      sessionId: sql`ballot.session_id`,
      detail: sql`jsonb_build_object('poll', ballot.question, 'options', ballot.options)`,
      from: sql`(
        select poll.id, poll.session_id, poll.question, min(vote.created_at) as at,
               jsonb_agg(choice.text order by choice.position) as options
        from poll_votes vote join polls poll on poll.id = vote.poll_id
        join poll_options choice on choice.poll_id = vote.poll_id and choice.id = vote.option_id
        where vote.user_id = ${userId} group by poll.id) ballot where true`,
    },
    {
      kind: "reactions",
      id: sql`sent.session_id`,
      // When each was sent is not kept; they belong to the time in which the person was there.
      at: sql`sent.at`,
      sessionId: sql`sent.session_id`,
      detail: sql`jsonb_build_object('reactions', sent.reactions)`,
      from: sql`(
        select session.id as session_id, coalesce(${attendedAt}, session.starts_at, session.created_at) as at,
               jsonb_agg(jsonb_build_object('emoji', reaction.emoji, 'count', reaction.count)
                         order by reaction.count desc, reaction.emoji) as reactions
        from session_reactions reaction join sessions session on session.id = reaction.session_id
        where reaction.user_id = ${userId} group by session.id) sent where true`,
    },
    {
      kind: "moderation",
      id: sql`message.id`,
      at: sql`message.deleted_at`,
      sessionId: sql`message.session_id`,
      detail: sql`jsonb_build_object('action', 'message.deleted', 'text', message.text)`,
      from: sql`chat_messages message
        where message.user_id = ${userId} and message.deleted_at is not null
          and message.deleted_by is distinct from ${userId}`,
    },
    {
      kind: "moderation",
      id: sql`entry.id`,
      at: sql`entry.at`,
      eventId: sql`entry.event_id`,
      sessionId: sql`entry.detail ->> 'sessionId'`,
      detail: sql`jsonb_build_object('action', entry.action, 'text', null)`,
      from: sql`audit_log entry where ${isAboutPerson({ userId, isSelf })}`,
    },
  ];
}

/** Entries of the audit log about somebody. Whoever is muted without being told is not told here either. */
export function isAboutPerson({ userId, isSelf }: Pick<ActivityReader, "userId" | "isSelf">): SQL {
  const about = sql`entry.subject_id = ${userId} and entry.subject_kind = 'user'`;
  if (!isSelf) return about;
  return sql`${about} and not coalesce((
    select (mute.detail ->> 'shadow')::boolean from audit_log mute
    where entry.action in ('user.muted', 'user.unmuted') and mute.action = 'user.muted'
      and mute.subject_id = entry.subject_id and mute.at <= entry.at
      and mute.detail ->> 'sessionId' = entry.detail ->> 'sessionId'
    order by mute.at desc, (mute.id = entry.id) desc limit 1), false)`;
}
