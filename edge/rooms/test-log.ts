/** Writes to a session's log as other parts of the API do: behind the room's back. */
import { eq, sql } from "drizzle-orm";
import type { Database } from "../db/open-database.ts";
import { sessionEvents, sessionLogs } from "../db/schema/session-log-tables.ts";
import type { Audience } from "../protocol/internal-rooms.ts";

/** Appends events of a made-up type with these audiences, each with so much text; answers the new head. */
export async function writeLog(
  db: Database,
  sessionId: string,
  audiences: Audience[],
  text = "",
): Promise<number> {
  return db.transaction(async (tx) => {
    const grown = { head: sql`${sessionLogs.head} + ${audiences.length}` };
    const [row] = await tx
      .insert(sessionLogs)
      .values({ sessionId, head: audiences.length })
      .onConflictDoUpdate({ target: sessionLogs.sessionId, set: grown })
      .returning();
    const { head } = row!;
    const events = audiences.map((audience, index) => ({
      sessionId,
      seq: head - audiences.length + 1 + index,
      type: "test:written",
      audienceKind: audience.kind,
      audienceUserId: audience.kind === "all" ? null : (audience.userId ?? null),
      data: { n: index, ...(text === "" ? {} : { text }) },
    }));
    await tx.insert(sessionEvents).values(events);
    return head;
  });
}

export const storedEvents = (db: Database, sessionId: string) =>
  db.select().from(sessionEvents).where(eq(sessionEvents.sessionId, sessionId));

export const forAll: Audience = { kind: "all" };
export const forStaff: Audience = { kind: "staff" };
