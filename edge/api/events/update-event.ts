import { and, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { UpdateEventRequest } from "../../protocol/events.ts";
import { Problem } from "../../protocol/problem.ts";
import { holdMediaOfEvent, revokePlaybackOfEvent } from "../streams/event-playback.ts";
import { endStream } from "../streams/stream-changes.ts";
import type { StreamRow } from "../streams/stream-representation.ts";
import { hashAccessCode } from "./access-code.ts";
import { eventProblem } from "./create-event.ts";
import { type EventPlan, planEventChange } from "./event-change.ts";
import type { EventRow } from "./events-queries.ts";
import { planSessionTimes } from "./move-sessions.ts";
import { seatWaiting } from "./seats.ts";

export interface EventChangeSettings {
  jwtSecret: string;
  now: Date;
  /** Called with the row as it is, under its lock; throws where it is not what the caller has seen. */
  requireUnchanged: (version: number) => void;
}

export interface ChangedEvent {
  /** Names of the columns that changed. */
  changed: string[];
  /** Who is in it without being a member has to go. */
  hides: boolean;
  /** Streams that ended with the event, for telling. */
  endedStreams: StreamRow[];
  /** People who got a seat by it. */
  seated: string[];
}

/**
 * Changes an event and what follows from it: sessions move along, streams of an event that is over end, who waits gets
 * the seats that were added. Needs a transaction. Throws `not-found`, `invalid`, `illegal-move`, `slug-taken`,
 * `sessions-outside` and `conflict` (fewer seats than people).
 */
export async function updateEvent(
  tx: Database,
  eventId: string,
  request: UpdateEventRequest,
  { jwtSecret, now, requireUnchanged }: EventChangeSettings,
): Promise<ChangedEvent> {
  const row = await lockEvent(tx, eventId);
  requireUnchanged(row.version);
  const code = request.accessCode;
  const accessCodeHash = code ? await hashAccessCode(jwtSecret, eventId, code) : code;
  const plan = planEventChange(row, request, accessCodeHash);
  const changed = Object.keys(plan.set);
  if (changed.length > 0) {
    await moveSessions(tx, row, plan, request.shiftSessions);
    try {
      await tx.update(events).set(plan.set).where(eq(events.id, eventId));
    } catch (error) {
      throw eventProblem(error);
    }
  }
  if (plan.ends) {
    await tx
      .update(sessions)
      .set({ status: "ended" })
      .where(and(eq(sessions.eventId, eventId), eq(sessions.status, "live")));
  }
  if (plan.renewsSessionEntries) await renewSessionEntries(tx, eventId, now);
  const endedStreams = plan.isOver ? await endStreamsOfEvent(tx, eventId, now) : [];
  if (plan.hides) await revokePlaybackOfEvent(tx, eventId);
  const seated = plan.freesSeats ? await seatWaiting(tx, eventId, now) : [];
  return { changed, hides: plan.hides, endedStreams, seated };
}

/** The event's row, and nobody else's change of it or its seats until the transaction ends. Throws `not-found`. */
export async function lockEvent(tx: Database, eventId: string): Promise<EventRow> {
  const [row] = await tx.select().from(events).where(eq(events.id, eventId)).for("no key update");
  if (!row) throw new Problem("not-found");
  return row;
}

/** Ends what runs in the event's sessions; the nodes are ordered to. Returns the streams as they are now. */
export async function endStreamsOfEvent(tx: Database, eventId: string, now: Date): Promise<StreamRow[]> {
  await holdMediaOfEvent(tx, eventId);
  const running = await tx
    .select({ id: streams.id })
    .from(streams)
    .innerJoin(sessions, eq(sessions.id, streams.sessionId))
    .where(and(eq(sessions.eventId, eventId), inArray(streams.status, ["starting", "live", "reconnecting"])))
    .orderBy(streams.id);
  const ended: StreamRow[] = [];
  for (const { id } of running) {
    const row = await endStream(tx, id, now);
    if (row) ended.push(row);
  }
  return ended;
}

async function moveSessions(tx: Database, row: EventRow, plan: EventPlan, shift: boolean): Promise<void> {
  if (!plan.times) return;
  const present = await tx.select().from(sessions).where(eq(sessions.eventId, row.id)).for("no key update");
  for (const { id, startsAt, endsAt } of planSessionTimes(present, row, plan.times, shift)) {
    await tx.update(sessions).set({ startsAt, endsAt }).where(eq(sessions.id, id));
  }
}

/** Their entries in calendars carry the event's title and say whether it is cancelled. */
async function renewSessionEntries(tx: Database, eventId: string, now: Date): Promise<void> {
  await tx
    .update(sessions)
    .set({ calendarSequence: sql`${sessions.calendarSequence} + 1`, updatedAt: now })
    .where(eq(sessions.eventId, eventId));
}
