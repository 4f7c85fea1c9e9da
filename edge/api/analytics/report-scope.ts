/** What figures are read of: an event or one session, with the time that shares are measured against. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { type ReportSession, readReportSessions } from "./report-sessions.ts";
import { unionSeconds } from "./report-spans.ts";

export interface ReportScope {
  /** The event's id or the session's: what its roll-ups are kept under. */
  scopeId: string;
  sessionIds: string[];
  /** How long it ran. */
  seconds: number;
  /** Of a session that has begun. */
  from: Date | null;
}

export function scopeOfSession({ id, span }: ReportSession): ReportScope {
  const seconds = span === null ? 0 : unionSeconds([span]);
  return { scopeId: id, sessionIds: [id], seconds, from: span?.from ?? null };
}

export function scopeOfEvent(eventId: string, sessions: readonly ReportSession[]): ReportScope {
  const spans = sessions.flatMap(({ span }) => (span === null ? [] : [span]));
  return {
    scopeId: eventId,
    sessionIds: sessions.map(({ id }) => id),
    seconds: unionSeconds(spans),
    from: null,
  };
}

export async function readScope(
  db: Database,
  which: { eventId: string } | { sessionId: string },
  now: Date,
): Promise<ReportScope | null> {
  const sessions = await readReportSessions(db, which, now);
  if ("eventId" in which) return scopeOfEvent(which.eventId, sessions);
  return sessions[0] ? scopeOfSession(sessions[0]) : null;
}

/** A viewer's share of it. Nobody has a share of what lasted no time. */
export function watchShareOf(watchedSeconds: number, { seconds }: Pick<ReportScope, "seconds">): number {
  return seconds > 0 ? Math.min(1, watchedSeconds / seconds) : 0;
}

/** The scopes as rows: `id`, `seconds`, `from_at`. */
export function scopeRows(scopes: readonly ReportScope[]): SQL {
  const rows = scopes.map(({ scopeId, seconds, from }) => ({ id: scopeId, seconds, from_at: from }));
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    as scope(id text, seconds float8, from_at timestamptz)`;
}
