/** The report of an event. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { EventAnalytics, SessionAnalytics } from "../../protocol/analytics.ts";
import { Problem } from "../../protocol/problem.ts";
import { viewersNowOfEvent } from "../stream-health/viewers-now.ts";
import { readMoments } from "./moments.ts";
import { type Audience, readAudiences } from "./report-audience.ts";
import { readCurve } from "./report-curve.ts";
import { readDevices } from "./report-devices.ts";
import { type ReportDependencies, refreshReport } from "./report-freshness.ts";
import { readPollResults, readTopQuestions } from "./report-said.ts";
import { scopeOfEvent, scopeOfSession } from "./report-scope.ts";
import { type ReportSession, readReportSessions } from "./report-sessions.ts";
import { retentionCurve } from "./retention-curve.ts";

/**
 * Rolls up what is new of the event, where that takes no longer than `patienceMs`, then reads its figures as they
 * stand at one moment: a fixed number of statements, however many sessions and viewers there are. Throws `not-found`
 * for an event that is absent.
 */
export async function readEventAnalytics(
  deps: ReportDependencies,
  eventId: string,
  patienceMs?: number,
): Promise<EventAnalytics> {
  const { db, environment, clock } = deps;
  const asOf = await refreshReport(deps, eventId, patienceMs);
  const now = clock();
  return db.transaction(
    async (tx) => {
      const [[event], sessions] = await Promise.all([
        readEvent(tx, eventId),
        readReportSessions(tx, { eventId }, now),
      ]);
      if (event === undefined) throw new Problem("not-found");
      const scopes = [scopeOfEvent(eventId, sessions), ...sessions.map(scopeOfSession)];
      const sessionIds = sessions.map(({ id }) => id);
      const [audiences, curve, moments, topQuestions, polls, devices, viewersNow] = await Promise.all([
        readAudiences(tx, eventId, scopes, environment.engagement),
        readCurve(tx, eventId, sessionIds),
        readMoments(tx, eventId, sessions, asOf),
        readTopQuestions(tx, sessionIds),
        readPollResults(tx, sessionIds),
        readDevices(tx, sessionIds),
        viewersNowOfEvent(tx, eventId, environment.beatSeconds, now),
      ]);
      const all = audiences.get(eventId)!;
      return {
        eventId,
        title: event.title,
        asOf: asOf.toISOString(),
        from: all.from,
        to: all.to,
        summary: {
          ...all.figures,
          viewersNow,
          signedInViewers: all.signedIn,
          seats: event.seats,
          seatsTaken: event.taken,
        },
        curve,
        moments,
        sessions: sessions.map((session) => sessionAnalytics(session, audiences.get(session.id)!)),
        topQuestions,
        polls,
        ...devices,
      };
    },
    // Every statement sees the same moment, so that the parts add up.
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

function sessionAnalytics({ id, title, span }: ReportSession, audience: Audience): SessionAnalytics {
  return {
    sessionId: id,
    title,
    startedAt: span?.from.toISOString() ?? null,
    endedAt: span === null || span.runs ? null : span.to.toISOString(),
    ...audience.figures,
    averageWatchShare: audience.averageWatchShare,
    retention: retentionCurve(audience.seen),
  };
}

function readEvent(db: Database, eventId: string) {
  return db.execute<{ title: string; seats: number; taken: number }>(sql`
    select event.title, event.attendee_count as seats,
           (select count(*)::int from attendees seat join users person on person.id = seat.user_id
            where seat.event_id = event.id and coalesce(person.watched_as, person.id) in (
              select viewer_id from viewer_hours where scope_id = event.id)) as taken
    from events event where event.id = ${eventId}`);
}
