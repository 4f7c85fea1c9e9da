/** What the raw log says, as steps of plays and visits of viewers: the part of a roll-up that reads. */
import { type SQL, sql } from "drizzle-orm";

/** Of what a roll-up is made at once: an event with its sessions and their streams, or a stream without a session. */
export interface RollUpSubject {
  eventId: string | null;
  /** Those of the event that have something in the raw log of this time. */
  sessionIds: readonly string[];
  streamIds: readonly string[];
}

/** Whole minutes: the end is not in it. */
export interface RollUpSpan {
  from: Date;
  to: Date;
}

/** A part of the viewers, told by their ids' hashes: so that no statement grows with the number of viewers. */
export interface ViewerSlice {
  index: number;
  of: number;
}

/** A beat vouches for no more than this much time before it. */
const longestStepSeconds = 300;
/** A beat that comes out of order by less than this changes nothing. */
const reorderedMinutes = 10;
/** Sockets and playlists are told of every 15 to 30 s, whatever a beat's time is. */
const presenceHoldsSeconds = 75;
const latestStepMinutes = longestStepSeconds / 60 + 1;

/**
 * The tables that everything else is reckoned from; instants as seconds since 1970, minutes and hours as whole numbers
 * since then. Viewers and plays are numbers too, 64 bits of a hash, and scopes their place in the subject's lists
 * (`scopeNumber`): what is sorted and added up by numbers takes a third of the time.
 *
 * `steps`: one for each minute in which a play was heard, with what it adds to the one before: `seconds` were played
 * evenly in (`began`, `last_at`]. `visits`: from a viewer's first sign to the last, in each scope. A sign holds for
 * three beats' time (a socket's or a playlist's for 75 s, a parting one's for none); a visit goes on while one holds,
 * and over a gap in which a play played on. Neither is cut at the span's bounds. `viewer_names`: of the numbers.
 */
export function logTables(
  subject: RollUpSubject,
  span: RollUpSpan,
  beatSeconds: number,
  slice: ViewerSlice = { index: 0, of: 1 },
): SQL {
  return sql`${stepTables(subject, span, beatSeconds, slice)},
    ${presenceTable(subject, span, beatSeconds, slice)}, ${visitTables(subject, beatSeconds)}`;
}

/** Whether a row's viewer is of a slice. */
export function inSlice({ index, of }: ViewerSlice): SQL {
  return of === 1 ? sql`true` : sql`(hashtext(viewer_id) & 65535) % ${of}::int = ${index}::int`;
}

function stepTables(subject: RollUpSubject, span: RollUpSpan, beatSeconds: number, slice: ViewerSlice): SQL {
  const from = instant(span.from);
  const readFrom = sql`${from} - make_interval(mins => ${reorderedMinutes})`;
  return sql`
    told as (
      select viewer_id, play_id, hashtextextended(viewer_id, 0) as viewer,
        hashtextextended(play_id, hashtextextended(viewer_id, ${streamNumber(subject)})) as play,
        ${streamNumber(subject)} as stream, ${sessionNumber(subject)} as session, minute, first_at, last_at, beat, ended,
        played_seconds, stalls, stall_seconds, errors, latency_seconds, renditions
      from play_minutes
      where stream_id ${among(subject.streamIds)} and minute >= ${readFrom}
        and minute < ${instant(span.to)} + make_interval(mins => ${latestStepMinutes}) and ${inSlice(slice)}
    ), followed as (
      -- A late beat that a newer one overtook says nothing new, not even that somebody is there.
      select *, lag(last_at) over play as last_before, lag(ended) over play as ended_before,
        lag(played_seconds) over play as played_before, lag(stalls) over play as stalls_before,
        lag(stall_seconds) over play as stall_seconds_before, lag(errors) over play as errors_before,
        lag(renditions) over play as renditions_before
      from (
        select *, max(beat) over (partition by play order by minute
          rows between unbounded preceding and 1 preceding) as known_beat from told
      ) as told where known_beat is null or beat > known_beat
      window play as (partition by play order by minute)
    ), known as (
      select viewer_id, viewer, play, stream, session, minute >= ${from} as counts,
        (${seconds("minute")} / 60)::int as minute, ${seconds("first_at")} as first_at, ${seconds("last_at")} as last_at,
        ended, ${seconds("opened_at")} as opened_at, opened_at >= minute as is_first,
        followed.played_seconds, followed.stalls, followed.stall_seconds, followed.errors, latency_seconds,
        followed.renditions, ${seconds("coalesce(last_before, old_last_at)")} as last_before,
        coalesce(ended_before, old_ended, false) as ended_before, coalesce(played_before, old_played) as played_before,
        coalesce(stalls_before, old_stalls) as stalls_before, coalesce(errors_before, old_errors) as errors_before,
        coalesce(stall_seconds_before, old_stall_seconds) as stall_seconds_before,
        coalesce(renditions_before, old_renditions) as renditions_before
      from followed
      left join lateral (
        select plays.first_at as opened_at from plays
        where last_before is null and minute >= ${from}
          and stream_id = (${idsOf(subject.streamIds)})[followed.stream] and plays.viewer_id = followed.viewer_id
          and plays.play_id = followed.play_id limit 1
      ) as opened on true
      -- Of a play that was silent for longer than is read.
      left join lateral (
        select last_at as old_last_at, ended as old_ended, played_seconds as old_played, stalls as old_stalls,
          stall_seconds as old_stall_seconds, errors as old_errors, renditions as old_renditions
        from play_minutes as earlier
        where opened_at < ${readFrom} and stream_id = (${idsOf(subject.streamIds)})[followed.stream]
          and earlier.viewer_id = followed.viewer_id and earlier.play_id = followed.play_id
          and earlier.minute < ${readFrom}
        order by beat desc limit 1
      ) as old on opened_at is not null
    ), bounded as (
      select *, case
          when last_before is not null then greatest(last_before, last_at - ${longestStepSeconds}::int)
          -- The first beat that came need not be the first that was sent.
          when is_first then greatest(opened_at - ${beatSeconds}::int, least(opened_at, last_at - played_seconds))
          -- What it told before is no longer kept.
          else first_at end as began,
        coalesce(last_before is not null or is_first, false) as adds
      from known
    ), steps as materialized (
      select viewer_id, viewer, play, stream, session, counts, minute, first_at, last_at, ended, ended_before,
        last_before, began, adds, latency_seconds, renditions, renditions_before,
        -- Beats may be late, by a beat's time.
        least(greatest(played_seconds - coalesce(played_before, 0), 0),
          last_at - began + case when last_before is null then 0 else ${beatSeconds}::int end) as seconds,
        -- Nobody stalls or fails more than once a second.
        least(greatest(stalls - coalesce(stalls_before, 0), 0), ceil(last_at - began + 1))::int as stalls,
        least(greatest(stall_seconds - coalesce(stall_seconds_before, 0), 0), last_at - began + ${beatSeconds}::int)
          as stall_seconds,
        least(greatest(errors - coalesce(errors_before, 0), 0), ceil(last_at - began + 1))::int as errors
      from bounded
    )`;
}

function presenceTable(
  subject: RollUpSubject,
  span: RollUpSpan,
  beatSeconds: number,
  slice: ViewerSlice,
): SQL {
  const signMinutes = Math.ceil(Math.max(3 * beatSeconds, presenceHoldsSeconds) / 60) + 1;
  const [from, to] = [instant(span.from), instant(span.to)];
  return sql`
    presence as materialized (
      select viewer_id, hashtextextended(viewer_id, 0) as viewer, ${sessionNumber(subject)} as session,
        case when via = 'playlist' then ${streamNumber(subject)} end as stream, via,
        minute >= ${from} and minute < ${to} as counts, (${seconds("minute")} / 60)::int as minute,
        ${seconds("first_at")} as first_at, ${seconds("last_at")} as last_at, gone, played_seconds, stalls, latency_seconds
      from presence_minutes
      where (session_id ${among(subject.sessionIds)} or (stream_id ${among(subject.streamIds)} and via = 'playlist'))
        and minute >= ${from} - make_interval(mins => ${signMinutes})
        and minute < ${to} + make_interval(mins => ${signMinutes}) and ${inSlice(slice)}
    )`;
}

function visitTables(subject: RollUpSubject, beatSeconds: number): SQL {
  const beatHoldsSeconds = 3 * beatSeconds;
  return sql`
    play_signs as (
      select viewer_id, viewer, play, stream, session, minute, last_at,
        case when last_before is not null and not ended_before and adds
            and seconds >= last_at - began - ${beatHoldsSeconds}::int
          then least(began, first_at) else first_at end as first_at,
        last_at + case when ended then 0 else ${beatHoldsSeconds}::int end as holds
      from steps
    ), socket_signs as (
      select viewer_id, viewer, session, stream, via, minute, first_at, last_at,
        last_at + case when gone then 0 else ${presenceHoldsSeconds}::int end as holds
      from presence
    ), runs as materialized (
      ${runsOf("play_signs", "play, stream, session, viewer")}
      union all
      ${runsOf("socket_signs", "via, stream, session, viewer")}
    ), viewer_names as (
      select viewer, max(viewer_id) as viewer_id from runs group by viewer
    ), scoped_runs as (
      select ${scopeOfSession} as scope, viewer, first_at, last_at, holds from runs where session is not null
      union all
      select ${scopeOfStream}, viewer, first_at, last_at, holds from runs where stream is not null
      union all
      select 0, viewer, first_at, last_at, holds from runs where session is not null and ${hasSeveral(subject)}
    ), visits as materialized (
      select scope, viewer, min(first_at) as first_at, max(last_at) as last_at
      from (
        select *, count(*) filter (where held is null or first_at > held)
          over (partition by scope, viewer order by first_at rows unbounded preceding) as visit
        from (
          select *, max(holds) over (partition by scope, viewer order by first_at
            rows between unbounded preceding and 1 preceding) as held from scoped_runs
        ) as held
      ) as numbered group by scope, viewer, visit
    )`;
}

/** What belongs together of one source's signs, whose minutes follow each other. */
function runsOf(signs: string, by: string): SQL {
  const [rows, key] = [sql.raw(signs), sql.raw(by)];
  return sql`
    select session, stream, viewer, max(viewer_id) as viewer_id, min(first_at) as first_at, max(last_at) as last_at,
      max(holds) as holds
    from (
      select *, count(*) filter (where held is null or first_at > held)
        over (partition by ${key} order by minute rows unbounded preceding) as run
      from (select *, lag(holds) over (partition by ${key} order by minute) as held from ${rows}) as held
    ) as numbered group by ${key}, run`;
}

/** Scopes are numbered: the event 0, sessions from 1 on, streams from -1 on downwards. */
const scopeOfSession = sql.raw("session");
const scopeOfStream = sql.raw("-stream");

/** `scope_names`: the ids of scopes. */
export function scopeNames({ eventId, sessionIds, streamIds }: RollUpSubject): SQL {
  const rows = [
    ...(eventId === null ? [] : [{ scope: 0, id: eventId }]),
    ...sessionIds.map((id, index) => ({ scope: index + 1, id })),
    ...streamIds.map((id, index) => ({ scope: -index - 1, id })),
  ];
  return sql`scope_names as materialized (
    select * from json_to_recordset(${JSON.stringify(rows)}::json) as name(scope int, id text))`;
}

/** The scopes that rows with `session` and `stream` are added up in. */
export function scopesOf(subject: RollUpSubject): SQL {
  return sql`cross join lateral (
    select session as scope where session is not null
    union all select -stream where stream is not null
    union all select 0 where session is not null and ${hasSeveral(subject)}
  ) as scope`;
}

/** Of an event one of whose sessions alone has anything, the whole is that one, and is not reckoned again. */
export function hasSeveral({ eventId, sessionIds }: RollUpSubject): boolean {
  return eventId !== null && sessionIds.length > 1;
}

export function instant(at: Date): SQL {
  return sql`${at.toISOString()}::timestamptz`;
}

/** Constants, for the planner's sake. */
export function among(ids: readonly string[]): SQL {
  return sql`= any(${idsOf(ids)})`;
}

function idsOf(ids: readonly string[]): SQL {
  return sql`string_to_array(${ids.join(",")}, ',')`;
}

function streamNumber({ streamIds }: RollUpSubject): SQL {
  return sql`array_position(${idsOf(streamIds)}, stream_id)`;
}

function sessionNumber({ sessionIds }: RollUpSubject): SQL {
  return sql`array_position(${idsOf(sessionIds)}, session_id)`;
}

function seconds(expression: string): SQL {
  return sql.raw(`date_part('epoch', ${expression})`);
}
