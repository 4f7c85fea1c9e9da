/** What happened when, for marking it on the curve. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { ReportMoment } from "../../protocol/analytics.ts";
import { wasOpened } from "./deed-counts.ts";
import { dropOuts, readLeftMinutes } from "./drop-out.ts";
import { isoInstant, milliseconds } from "./report-rows.ts";
import type { ReportSession } from "./report-sessions.ts";
import { among } from "./roll-up-log.ts";

const mostOfAKind = 500;

/** Oldest first, of what is rolled up until `asOf`. Of broadcasts, polls and announcements the first 500 each. */
export async function readMoments(
  db: Database,
  eventId: string,
  sessions: readonly ReportSession[],
  asOf: Date,
): Promise<ReportMoment[]> {
  const sessionIds = sessions.map(({ id }) => id);
  const [streamed, polled, announced, left] = await Promise.all([
    readStreamed(db, sessionIds),
    readPolled(db, sessionIds),
    readAnnounced(db, eventId),
    readLeftMinutes(db, eventId, asOf),
  ]);
  const moments = [
    ...sessions.flatMap(({ id, title, span }) => [
      momentOf("session-start", id, title, span?.from.getTime() ?? null),
      momentOf("session-end", id, title, span === null || span.runs ? null : span.to.getTime()),
    ]),
    ...streamed.flatMap(({ session_id: id, title, started_at, ended_at, losses }) => [
      momentOf("stream-start", id, title, started_at),
      ...losses.map((lost) => momentOf("stream-lost", id, title, Date.parse(lost))),
      momentOf("stream-end", id, title, ended_at),
    ]),
    ...polled.map(({ session_id, question, at }) => momentOf("poll", session_id, question, at)),
    ...announced.map(({ text, at }) => momentOf("announcement", null, text, at)),
    ...dropOuts(left).map(({ at, left }) => momentOf("drop-out", null, String(left), at)),
  ];
  return moments
    .filter((moment) => moment !== null)
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

function momentOf(
  kind: ReportMoment["kind"],
  sessionId: string | null,
  text: string,
  at: number | null,
): ReportMoment | null {
  const iso = isoInstant(at);
  return iso === null ? null : { at: iso, kind, sessionId, text };
}

function readStreamed(db: Database, sessionIds: readonly string[]) {
  return db.execute<{
    session_id: string;
    title: string;
    started_at: number;
    ended_at: number | null;
    losses: string[];
  }>(sql`
    select broadcast.session_id, stream.title, ${milliseconds(sql`broadcast.started_at`)} as started_at,
           ${milliseconds(sql`broadcast.ended_at`)} as ended_at, broadcast.losses
    from broadcasts broadcast join streams stream on stream.id = broadcast.stream_id
    where broadcast.session_id ${among(sessionIds)}
    order by broadcast.started_at limit ${mostOfAKind}`);
}

/** When each poll was opened to all for the first time: one may have been a draft for long. */
function readPolled(db: Database, sessionIds: readonly string[]) {
  return db.execute<{ session_id: string; question: string; at: number }>(sql`
    select poll.session_id, poll.question, ${milliseconds(sql`coalesce(opened.at, poll.created_at)`)} as at
    from polls poll
    left join lateral (
      select event.at from session_events event
      where event.session_id = poll.session_id and event.type = 'poll:new'
        and event.audience_kind = 'all' and event.data ->> 'id' = poll.id
      order by event.seq limit 1
    ) opened on true
    where poll.session_id ${among(sessionIds)} and ${wasOpened}
    order by 3 limit ${mostOfAKind}`);
}

function readAnnounced(db: Database, eventId: string) {
  return db.execute<{ text: string; at: number }>(sql`
    select text, ${milliseconds(sql`created_at`)} as at from announcements
    where event_id = ${eventId} order by created_at limit ${mostOfAKind}`);
}
