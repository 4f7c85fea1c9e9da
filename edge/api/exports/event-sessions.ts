import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";

export interface ExportedSession extends Record<string, unknown> {
  id: string;
  title: string;
}

/** An event's sessions in the order of their times. */
export async function listExportedSessions(db: Database, eventId: string): Promise<ExportedSession[]> {
  return db.execute<ExportedSession>(sql`
    select id, title from sessions where event_id = ${eventId}
    order by coalesce(starts_at, created_at), created_at, id`);
}

/** Pages of one session after another, each with the session that its rows are of. */
export async function* pagesOfSessions<Row extends object>(
  db: Database,
  eventId: string,
  pagesOf: (session: ExportedSession) => AsyncIterable<readonly Row[]>,
): AsyncGenerator<(Row & { session: string })[], void, undefined> {
  for (const session of await listExportedSessions(db, eventId)) {
    for await (const page of pagesOf(session)) {
      yield page.map((row) => ({ ...row, session: session.title }));
    }
  }
}
