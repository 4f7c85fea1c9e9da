/** Finds what a path names and what the caller is to it, for the decision and for the handler behind it. */
import { and, eq, gt, isNull } from "drizzle-orm";
import * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { logins, users } from "../../db/schema/accounts-tables.ts";
import { sessions } from "../../db/schema/events-tables.ts";
import { type IdentifierKind, identifier } from "../../protocol/identifier.ts";
import type { Principal } from "../authentication.ts";
import { type EventFacts, type EventStanding, maySeeEvent } from "../events/event-access.ts";
import { readStanding } from "../events/event-standing.ts";
import { streamOfRecording } from "../recordings/recording-queries.ts";
import { maySeeStream } from "../streams/stream-access.ts";
import { type FoundStream, findStreamForAnyone } from "../streams/stream-queries.ts";
import type { AccessFacts, SubjectKind } from "./access-rule.ts";
import { findSaidThing, seesSaidThing } from "./said-things.ts";

/** What authorisation has read already, so that handlers need not read it again. */
export interface FoundSubject {
  /** The event that the path names or that its session or stream belongs to. */
  event: (EventFacts & { id: string }) | null;
  /** What the caller is to that event; without one, only the global role says something. */
  standing: EventStanding;
  stream: FoundStream | null;
  /** The session that is named, or in which what is named was said. */
  sessionId: string | null;
}

export interface SubjectFacts {
  facts: AccessFacts;
  found: FoundSubject;
}

/** One to three queries. An id that is none of ours names nothing. */
export async function findSubject(
  db: Database,
  kind: SubjectKind,
  id: string | undefined,
  principal: Principal | null,
  now: Date,
): Promise<SubjectFacts> {
  const globalRole = principal?.user.role ?? null;
  const nothing = { event: null, standing: strangerWith(globalRole), stream: null, sessionId: null };
  const alone = (subject: AccessFacts["subject"]) => ({ facts: { globalRole, subject }, found: nothing });
  if (kind === "none") return alone({ own: false, sees: true, standing: null });
  if (id === undefined || !v.is(identifier(identifierKinds[kind]), id)) return alone(null);

  switch (kind) {
    case "account": {
      const own = principal?.user.id === id;
      if (!own && !(await accountExists(db, id))) return alone(null);
      return alone({ own, sees: own || globalRole === "admin", standing: null });
    }
    case "login": {
      const own = principal !== null && (await holdsLogin(db, id, principal.user.id, now));
      return alone(own ? { own, sees: true, standing: null } : null);
    }
    case "session": {
      const eventId = await eventOfSession(db, id);
      if (eventId === null) return alone(null);
      const { facts, found } = await findSubject(db, "event", eventId, principal, now);
      return { facts, found: { ...found, sessionId: id } };
    }
    case "message":
    case "question":
    case "poll": {
      const thing = await findSaidThing(db, kind, id);
      if (thing === null) return alone(null);
      const { facts, found } = await findSubject(db, "event", thing.eventId, principal, now);
      const { subject } = facts;
      if (subject === null) return alone(null);
      const own = principal !== null && thing.userId === principal.user.id;
      const sees = subject.sees && seesSaidThing(thing, own, found.standing);
      return {
        facts: { globalRole, subject: { ...subject, own, sees } },
        found: { ...found, sessionId: thing.sessionId },
      };
    }
    case "event": {
      const read = await readStanding(db, id, principal);
      if (read === null) return alone(null);
      const { event, standing } = read;
      const sees = maySeeEvent(event, standing);
      return {
        facts: { globalRole, subject: { own: false, sees, standing } },
        found: { event: { ...event, id }, standing, stream: null, sessionId: null },
      };
    }
    case "recording": {
      const streamId = await streamOfRecording(db, id);
      return streamId === null ? alone(null) : findSubject(db, "stream", streamId, principal, now);
    }
    case "stream": {
      const stream = await findStreamForAnyone(db, id, principal);
      if (stream === null) return alone(null);
      const { event, standing } = stream;
      const sees = maySeeStream(event, standing);
      return {
        facts: { globalRole, subject: { own: false, sees, standing } },
        found: { event, standing, stream, sessionId: null },
      };
    }
  }
}

const identifierKinds = {
  account: "user",
  login: "login",
  event: "event",
  session: "session",
  stream: "stream",
  recording: "recording",
  message: "message",
  question: "question",
  poll: "poll",
} as const satisfies Record<Exclude<SubjectKind, "none">, IdentifierKind>;

function strangerWith(globalRole: EventStanding["globalRole"]): EventStanding {
  return { globalRole, memberRole: null, joined: false, banned: false };
}

async function accountExists(db: Database, id: string): Promise<boolean> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, id), isNull(users.deletedAt)));
  return rows.length > 0;
}

async function holdsLogin(db: Database, id: string, userId: string, now: Date): Promise<boolean> {
  const good = and(isNull(logins.revokedAt), gt(logins.expiresAt, now));
  const rows = await db
    .select({ id: logins.id })
    .from(logins)
    .where(and(eq(logins.id, id), eq(logins.userId, userId), good));
  return rows.length > 0;
}

async function eventOfSession(db: Database, id: string): Promise<string | null> {
  const rows = await db.select({ eventId: sessions.eventId }).from(sessions).where(eq(sessions.id, id));
  return rows[0]?.eventId ?? null;
}
