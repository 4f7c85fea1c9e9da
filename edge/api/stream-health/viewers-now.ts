/** How many watch now: the one definition, for streams, sessions and events (`viewersNow` in edge/protocol/figures.ts). */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { viewersFreshMs } from "../streams/stream-representation.ts";

/** Gateways name everyone who is in a session at least every 30 s. */
const socketSignMs = 75_000;
/** Of this many beats one at least must come. */
const beatsMissed = 3;

/** Where to look, as conditions on the columns of each table. */
export interface AudienceScope {
  plays: SQL;
  fetched: SQL;
  sockets: SQL;
}

/**
 * Common tables: `late_plays` (each play of the last minutes, closed ones too), `players` (whose player beats), `connected` (who has a socket in a session), and `others`: who watches
 * without a socket, because their player beats, or because they fetch playlists and have no player that said it was
 * closed. Each viewer once in each.
 */
export function audience({ plays, fetched, sockets }: AudienceScope, now: Date, beatSeconds: number): SQL {
  const ago = (ms: number) => sql`${new Date(now.getTime() - ms).toISOString()}::timestamptz`;
  const minuteOf = (ms: number) => sql`date_trunc('minute', ${ago(ms)}, 'UTC')`;
  const beatMs = beatsMissed * beatSeconds * 1000;
  return sql`late_plays as (
      select stream_id, viewer_id, play_id, max(last_at) >= ${ago(beatMs)} as is_fresh,
             max(beat) filter (where ended) is not distinct from max(beat) as is_closed
      from play_minutes where ${plays} and minute >= ${minuteOf(Math.max(beatMs, socketSignMs))}
      group by stream_id, viewer_id, play_id
    ), players as (
      select viewer_id, bool_or(is_fresh and not is_closed) as watches, bool_and(is_closed) as is_closed
      from late_plays group by viewer_id
    ), connected as (
      select viewer_id from presence_minutes
      where ${sockets} and minute >= ${minuteOf(socketSignMs)} and via = 'socket'
      group by viewer_id
      having max(last_at) filter (where not gone) >= ${ago(socketSignMs)}
        and max(last_at) filter (where not gone) >= coalesce(max(last_at) filter (where gone), '-infinity')
    ), others as (
      select viewer_id from players where watches
      union
      (select viewer_id from stream_viewers where ${fetched} and seen_at >= ${ago(viewersFreshMs)}
       except select viewer_id from players where is_closed)
      except select viewer_id from connected
    )`;
}

function countOthers(scope: AudienceScope, now: Date, beatSeconds: number): SQL {
  return sql`(with ${audience(scope, now, beatSeconds)} select count(*)::int from others)`;
}

/**
 * How many watch the stream of the row `streams`, by the columns of that row. What its session's room last said counts
 * the others in; without a room that says so there are only they.
 */
export function viewersNow(now: Date, beatSeconds: number): SQL {
  const since = new Date(now.getTime() - viewersFreshMs).toISOString();
  return sql`greatest(
    case when streams.viewers_at >= ${since}::timestamptz then streams.viewers else 0 end,
    ${othersOfStream(now, beatSeconds)})`;
}

/** Of the row `streams`: who has no socket in its session. */
function othersOfStream(now: Date, beatSeconds: number): SQL {
  return countOthers(
    {
      plays: sql`play_minutes.stream_id = streams.id`,
      fetched: sql`stream_viewers.stream_id = streams.id`,
      sockets: sql`presence_minutes.session_id = streams.session_id`,
    },
    now,
    beatSeconds,
  );
}

export function audienceOfSession(sessionId: string): AudienceScope {
  return {
    plays: sql`play_minutes.session_id = ${sessionId}`,
    fetched: sql`stream_viewers.stream_id = (select id from streams where session_id = ${sessionId})`,
    sockets: sql`presence_minutes.session_id = ${sessionId}`,
  };
}

/** Each once, however many of the event's sessions they watch. */
export function audienceOfEvent(eventId: string): AudienceScope {
  const sessions = sql`(select id from sessions where event_id = ${eventId})`;
  return {
    plays: sql`play_minutes.session_id in ${sessions}`,
    fetched: sql`stream_viewers.stream_id in (select id from streams where session_id in ${sessions})`,
    sockets: sql`presence_minutes.session_id in ${sessions}`,
  };
}

/** Who watches without a socket in any of these sessions; for their rooms, which count the sockets. */
export async function readOthers(
  db: Database,
  scope: AudienceScope,
  beatSeconds: number,
  now: Date,
): Promise<number> {
  const [row] = await db.execute<{ others: number }>(
    sql`select ${countOthers(scope, now, beatSeconds)} as others`,
  );
  return row?.others ?? 0;
}

/** The same by streams' ids; who has none may be left out. */
export async function readOthersOfStreams(
  db: Database,
  streamIds: readonly string[],
  beatSeconds: number,
  now: Date,
): Promise<Map<string, number>> {
  const rows = await db.execute<{ id: string; others: number }>(sql`
    select streams.id, ${othersOfStream(now, beatSeconds)} as others
    from json_array_elements_text(${JSON.stringify(streamIds)}::json) as wanted(id)
    join streams on streams.id = wanted.id`);
  return new Map(rows.map(({ id, others }) => [id, others]));
}

/**
 * How many watch an event's sessions now, each viewer once. Of those with a socket no more are believed than the rooms
 * say, since a gateway that died took no leave of its people.
 */
export async function viewersNowOfEvent(
  db: Database,
  eventId: string,
  beatSeconds: number,
  now: Date,
): Promise<number> {
  const since = new Date(now.getTime() - viewersFreshMs).toISOString();
  const [row] = await db.execute<{ viewers: number }>(sql`
    with ${audience(audienceOfEvent(eventId), now, beatSeconds)}
    select (select count(*) from others)::int + least(
      (select count(*) from connected),
      (select coalesce(sum(log.viewers), 0) from session_logs as log join sessions on sessions.id = log.session_id
       where sessions.event_id = ${eventId} and log.viewers_at >= ${since}::timestamptz))::int as viewers`);
  return row?.viewers ?? 0;
}
