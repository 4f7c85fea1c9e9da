/** An event that many people watched and took part in, written set-based into a database, since it is not what is measured. */
import type postgres from "postgres";
import { newIdentifier } from "../../edge/protocol/identifier.ts";

export interface WatchingPlan {
  viewers: number;
  /** As many sessions, one after the other, each with a stream of its own; nine of ten viewers come to each. */
  hours: number;
  /** When the last one ends; a whole hour. */
  until: Date;
  /** How many in each session; polls and questions go with them. */
  messages?: number;
}

export interface WatchingScene {
  eventId: string;
  sessionIds: string[];
  streamIds: string[];
}

/** The last whole hour. */
export function lastHour(): Date {
  return new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
}

/**
 * The raw log of an event as beats every 15 s would have made it, and what was said and done in it. Half of the viewers
 * are signed in. Who came when follows from their number, so that each scene of a plan is the same but for ids.
 */
export async function createWatchingScene(sql: postgres.Sql, plan: WatchingPlan): Promise<WatchingScene> {
  const eventId = newIdentifier("event");
  const from = new Date(plan.until.getTime() - plan.hours * 3_600_000);
  const stages = Array.from({ length: plan.hours }, (_, index) => ({
    session_id: newIdentifier("session"),
    stream_id: newIdentifier("stream"),
    starts_at: new Date(from.getTime() + index * 3_600_000),
    ends_at: new Date(from.getTime() + (index + 1) * 3_600_000),
  }));
  const scene: WatchingScene = {
    eventId,
    sessionIds: stages.map(({ session_id }) => session_id),
    streamIds: stages.map(({ stream_id }) => stream_id),
  };
  await sql.begin(async (tx) => {
    await tx`insert into events ${tx({ id: eventId, slug: eventId.toLowerCase(), title: "The conference", status: "ended", starts_at: from, ends_at: plan.until })}`;
    for (const [index, { session_id, stream_id, starts_at, ends_at }] of stages.entries()) {
      await tx`insert into sessions ${tx({ id: session_id, event_id: eventId, title: `Talk ${index + 1}`, status: "ended", starts_at, ends_at })}`;
      await tx`insert into streams ${tx({ id: stream_id, title: `Stage ${index + 1}`, session_id, status: "ended", playback_id: newIdentifier("playback"), key_hash: keyHash() })}`;
      await tx`insert into broadcasts ${tx({ id: newIdentifier("broadcast"), stream_id, session_id, started_at: starts_at, ended_at: ends_at })}`;
    }
    await writePeople(tx, eventId, plan.viewers);
    await writePlays(tx, stages);
    await writeDeeds(tx, stages, plan.messages ?? 2000);
  });
  // Plans as a server that has been up for a while makes them.
  await sql`analyze`;
  return scene;
}

type Stage = { session_id: string; stream_id: string; starts_at: Date; ends_at: Date };

/** `scene_people`: (number, viewer_id), of whom the even ones have an account and a seat. */
async function writePeople(tx: postgres.TransactionSql, eventId: string, viewers: number): Promise<void> {
  await tx`
    create temporary table scene_people on commit drop as
    select number, case when number % 2 = 0 then 'usr_' else 'vwr_' end || ${eventId.slice(4)} || number as viewer_id
    from generate_series(1, ${viewers}::int) as number`;
  await tx`
    insert into users (id, email, name)
    select viewer_id, lower(viewer_id) || '@bench.example', 'Person ' || number
    from scene_people where number % 2 = 0`;
  await tx`
    insert into attendees (event_id, user_id)
    select ${eventId}, viewer_id from scene_people where number % 2 = 0`;
}

/**
 * A play of each viewer and session: from some moment of its first ten minutes on, for half an hour to all that is
 * left. `scene_visits` is their table; a share of 2 % of the time stands still.
 */
async function writePlays(tx: postgres.TransactionSql, stages: readonly Stage[]): Promise<void> {
  await tx`
    create temporary table scene_visits on commit drop as
    select person.number, person.viewer_id, stage.session_id, stage.stream_id, 'play-' || stage.number as play_id,
           chosen.came_at, least(chosen.came_at + make_interval(secs => 1800 + spread * 2), stage.ends_at) as left_at,
           person.number % 15 as phase
    from jsonb_to_recordset(${tx.json(JSON.parse(JSON.stringify(stages.map((stage, number) => ({ ...stage, number })))))})
      as stage(number int, session_id text, stream_id text, starts_at timestamptz, ends_at timestamptz)
    cross join scene_people person
    cross join lateral (select abs(hashint4(person.number * 31 + stage.number)) as dice) thrown
    cross join lateral (select (dice / 10) % 1000 as spread) rolled
    cross join lateral (
      select stage.starts_at + make_interval(secs => (dice / 10000) % 600) as came_at) chosen
    where dice % 10 > 0`;
  await tx`
    insert into plays (stream_id, viewer_id, play_id, session_id, device, browser, first_at, join_ms)
    select stream_id, viewer_id, play_id, session_id, (array['desktop', 'desktop', 'phone', 'tablet'])[1 + number % 4],
           (array['Chrome', 'Firefox', 'Safari'])[1 + number % 3], came_at, 300 + number % 2000
    from scene_visits`;
  await tx`
    insert into play_minutes (stream_id, viewer_id, play_id, session_id, minute, first_at, last_at, beat, playing, ended,
                              played_seconds, stalls, stall_seconds, errors, latency_seconds, renditions)
    select stream_id, viewer_id, play_id, session_id, minute, greatest(came_at, minute + make_interval(secs => phase)),
           told.last_at, 1 + floor(told.seconds / 15), true, told.last_at = left_at, told.seconds * 0.98,
           floor(told.seconds / 600), told.seconds * 0.02, 0, 4 + number % 3,
           jsonb_build_object('720p', round((told.seconds * 0.7)::numeric, 3),
                              '360p', round((told.seconds * 0.28)::numeric, 3))
    from scene_visits
    cross join lateral generate_series(date_trunc('minute', came_at), left_at, interval '1 minute') as minute
    cross join lateral (
      select greatest(came_at, least(left_at, minute + make_interval(secs => 45 + phase))) as last_at) beat
    cross join lateral (
      select beat.last_at, extract(epoch from beat.last_at - came_at)::float8 as seconds) told`;
  await tx`
    insert into roll_up_marks (subject_id, seen_at)
    select session_id, max(left_at) from scene_visits group by session_id`;
}

/** Of those who have an account: messages over the hour, and a poll, questions and reactions of a good part of them. */
async function writeDeeds(
  tx: postgres.TransactionSql,
  stages: readonly Stage[],
  messages: number,
): Promise<void> {
  for (const { session_id: sessionId, starts_at: startsAt } of stages) {
    await tx`
      create temporary table scene_crowd on commit drop as
      select viewer_id as user_id, row_number() over (order by number) as place, count(*) over () as people
      from scene_visits where session_id = ${sessionId} and number % 2 = 0`;
    await tx`
      insert into chat_messages (id, session_id, seq, user_id, text, created_at)
      select 'msg_' || ${sessionId.slice(4)} || said, ${sessionId}, said, user_id, 'Message ' || said,
             ${startsAt}::timestamptz + make_interval(secs => said * 3600.0 / ${messages}::int)
      from generate_series(1, ${messages}::int) as said
      join scene_crowd on place = 1 + (abs(hashint4(said)) % greatest(people / 3, 1))`;
    await tx`
      insert into questions (id, session_id, user_id, text, status, upvotes, created_at)
      select 'qst_' || ${sessionId.slice(4)} || place, ${sessionId}, user_id, 'Question ' || place, 'visible',
             greatest(least(people - 50, place), 0), ${startsAt}::timestamptz + make_interval(secs => place::int)
      from scene_crowd where place <= 50`;
    await tx`
      insert into question_upvotes (question_id, user_id)
      select question.id, person.user_id
      from questions question join scene_crowd asker using (user_id)
      join scene_crowd person on person.place > 50 and person.place <= 50 + asker.place
      where question.session_id = ${sessionId}`;
    await tx`
      insert into polls (id, session_id, question, status, voters, created_at)
      select 'pol_' || ${sessionId.slice(4)} || number, ${sessionId}, 'Poll ' || number, 'closed',
             (select count(*) from scene_crowd where place % 2 = 0),
             ${startsAt}::timestamptz + make_interval(mins => number * 10)
      from generate_series(1, 3) as number`;
    await tx`
      insert into poll_options (id, poll_id, position, text, votes)
      select 'opt_' || substr(poll.id, 5) || number, poll.id, number, 'Option ' || number,
             (select count(*) from scene_crowd where place % 2 = 0 and place % 4 / 2 = number)
      from polls poll cross join generate_series(0, 1) as number where poll.session_id = ${sessionId}`;
    await tx`
      insert into poll_votes (poll_id, user_id, option_id)
      select poll.id, user_id, 'opt_' || substr(poll.id, 5) || place % 4 / 2
      from polls poll cross join scene_crowd where poll.session_id = ${sessionId} and place % 2 = 0`;
    await tx`
      insert into session_reactions (session_id, user_id, emoji, count)
      select ${sessionId}, user_id, emoji, 1 + place % 20
      from scene_crowd cross join unnest(array['👏', '❤️']) as emoji where place % 3 = 0`;
    await tx`drop table scene_crowd`;
  }
}

/** Nobody has the key. */
function keyHash(): string {
  return crypto
    .getRandomValues(new Uint8Array(32))
    .reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "");
}
