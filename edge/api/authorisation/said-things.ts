/** Messages, questions and polls as what a path names: whose they are, and who sees them. */
import { eq, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { polls, questions } from "../../db/schema/engagement-tables.ts";
import { sessions } from "../../db/schema/events-tables.ts";
import { chatMessages } from "../../db/schema/session-log-tables.ts";
import { type EventStanding, isStaff, isTeam } from "../events/event-access.ts";

export interface SaidThing {
  sessionId: string;
  eventId: string;
  /** Null: it belongs to nobody. */
  userId: string | null;
  /** Whoever sees the event; or staff alone, or the team; and whose it is, always. */
  seenBy: "all" | "team" | "staff";
}

/** Null when there is no such thing. One query. */
export async function findSaidThing(
  db: Database,
  kind: "message" | "question" | "poll",
  id: string,
): Promise<SaidThing | null> {
  const rows = await readers[kind](db, id);
  return rows[0] ?? null;
}

export function seesSaidThing({ seenBy }: SaidThing, own: boolean, standing: EventStanding): boolean {
  return seenBy === "all" || own || (seenBy === "team" ? isTeam(standing) : isStaff(standing));
}

const place = { sessionId: sessions.id, eventId: sessions.eventId };
const readers = {
  message: (db: Database, id: string): Promise<SaidThing[]> =>
    db
      .select({
        ...place,
        userId: chatMessages.userId,
        seenBy: sql<SaidThing["seenBy"]>`case when ${chatMessages.state} = 'visible'
          and ${chatMessages.deletedAt} is null then 'all' else 'staff' end`,
      })
      .from(chatMessages)
      .innerJoin(sessions, eq(sessions.id, chatMessages.sessionId))
      .where(eq(chatMessages.id, id)),
  question: (db: Database, id: string): Promise<SaidThing[]> =>
    db
      .select({
        ...place,
        userId: questions.userId,
        seenBy: sql<SaidThing["seenBy"]>`case when ${questions.status} in ('pending', 'archived')
          then 'team' else 'all' end`,
      })
      .from(questions)
      .innerJoin(sessions, eq(sessions.id, questions.sessionId))
      .where(eq(questions.id, id)),
  poll: (db: Database, id: string): Promise<SaidThing[]> =>
    db
      .select({
        ...place,
        userId: sql<null>`null`,
        seenBy: sql<SaidThing["seenBy"]>`case when ${polls.status} in ('draft', 'archived')
          then 'team' else 'all' end`,
      })
      .from(polls)
      .innerJoin(sessions, eq(sessions.id, polls.sessionId))
      .where(eq(polls.id, id)),
};
