import { and, eq, inArray, isNull, notInArray } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import { events, sessionSpeakers, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { CreateSessionRequest, UpdateSessionRequest } from "../../protocol/events.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { revokePlayback } from "../streams/stream-changes.ts";
import { changeTimes, outsideOf, readTimes, type TimeRange } from "./event-times.ts";
import type { EventRow } from "./events-queries.ts";
import { isOver, mayMoveSession, sessionMovesFrom } from "./status-moves.ts";

/** Returns the new session's id. Needs a transaction. Throws `not-found`, `invalid`, `event-over`. */
export async function createSession(
  tx: Database,
  eventId: string,
  request: CreateSessionRequest,
): Promise<string> {
  const { speakers, ...columns } = request;
  const event = await holdEvent(tx, eventId);
  const times = readTimes(request);
  requireWithin(times, event);
  if (request.status === "live") requireRunningEvent(event);
  const id = newIdentifier("session");
  await tx.insert(sessions).values({ ...columns, ...times, id, eventId });
  await setSpeakers(tx, id, speakers);
  return id;
}

/** Needs a transaction. Throws `not-found`, `invalid`, `illegal-move`, `event-over`. Returns the names of what changed. */
export async function updateSession(
  tx: Database,
  { id, eventId }: { id: string; eventId: string },
  request: UpdateSessionRequest,
  requireUnchanged: (version: number) => void,
): Promise<string[]> {
  // The event first, as everything that changes both: two that meet take turns instead of waiting for each other.
  const event = await holdEvent(tx, eventId);
  const [row] = await tx.select().from(sessions).where(eq(sessions.id, id)).for("no key update");
  if (!row) throw new Problem("not-found");
  requireUnchanged(row.version);
  const { speakers, startsAt, endsAt, ...columns } = request;
  const times = changeTimes(row, request);
  if (startsAt !== undefined || endsAt !== undefined) requireWithin(times, event);
  requireMove(row.status, request.status ?? row.status, event);
  const asked = Object.entries({ ...columns, ...times }).filter(([, value]) => value !== undefined);
  await tx.update(sessions).set(Object.fromEntries(asked)).where(eq(sessions.id, id));
  if (speakers) await setSpeakers(tx, id, speakers);
  return Object.keys(request);
}

/** Its chat and log go with it; its stream stays, without a session. Throws `not-found`. */
export async function deleteSession(
  tx: Database,
  { id, eventId }: { id: string; eventId: string },
  requireUnchanged: (version: number) => void,
): Promise<void> {
  await holdEvent(tx, eventId);
  const [row] = await tx
    .select({ version: sessions.version })
    .from(sessions)
    .where(eq(sessions.id, id))
    .for("update");
  if (!row) throw new Problem("not-found");
  requireUnchanged(row.version);
  // Its stream stays, for staff alone.
  const [stream] = await tx.select({ id: streams.id }).from(streams).where(eq(streams.sessionId, id));
  if (stream) await revokePlayback(tx, stream.id);
  await tx.delete(sessions).where(eq(sessions.id, id));
}

/** The event as it is and stays until the transaction ends. */
async function holdEvent(tx: Database, eventId: string): Promise<EventRow> {
  const [event] = await tx.select().from(events).where(eq(events.id, eventId)).for("share");
  if (!event) throw new Problem("not-found");
  return event;
}

function requireWithin(times: TimeRange, event: TimeRange): void {
  const outside = outsideOf(times, event);
  if (outside === null) return;
  throw new Problem("invalid", { errors: [{ pointer: `/${outside}`, detail: "is outside the event" }] });
}

function requireMove(
  from: (typeof sessions.$inferSelect)["status"],
  to: (typeof sessions.$inferSelect)["status"],
  event: EventRow,
): void {
  if (from === to) return;
  if (!mayMoveSession(from, to)) {
    throw new Problem("illegal-move", {
      detail: `A session that is ${from} can become ${sessionMovesFrom(from).join(" or ")}.`,
    });
  }
  if (to === "live") requireRunningEvent(event);
}

function requireRunningEvent({ status }: EventRow): void {
  if (isOver(status)) throw new Problem("event-over");
}

/** Throws `invalid` that names the ones who are no users. */
async function setSpeakers(tx: Database, sessionId: string, speakers: string[]): Promise<void> {
  const wanted = [...new Set(speakers)];
  const isSpeaker = eq(sessionSpeakers.sessionId, sessionId);
  if (wanted.length === 0) {
    await tx.delete(sessionSpeakers).where(isSpeaker);
    return;
  }
  const found = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(inArray(users.id, wanted), isNull(users.deletedAt)))
    // Nobody of them is deleted before this is done.
    .for("key share");
  const known = new Set(found.map(({ id }) => id));
  const errors = speakers.flatMap((id, index) =>
    known.has(id) ? [] : [{ pointer: `/speakers/${index}`, detail: "is not a user" }],
  );
  if (errors.length > 0) throw new Problem("invalid", { errors: errors.slice(0, 20) });
  await tx.delete(sessionSpeakers).where(and(isSpeaker, notInArray(sessionSpeakers.userId, wanted)));
  await tx
    .insert(sessionSpeakers)
    .values(wanted.map((userId) => ({ sessionId, userId })))
    .onConflictDoNothing();
}
