/** Events and sessions as iCalendar (RFC 5545). Pure. */
import ical, { ICalCalendarMethod, ICalEventStatus } from "ical-generator";
import type { sessions } from "../../db/schema/events-tables.ts";
import type { EventRow } from "./events-queries.ts";

export type SessionRow = typeof sessions.$inferSelect;

export interface CalendarEntry {
  /** The same for ever, so that a moved entry is moved and not doubled (§3.8.4.7). */
  uid: string;
  /** Grows with each change of time, title or status; a calendar ignores what has not grown (§3.8.7.4). */
  sequence: number;
  /** When it was changed last. */
  stamp: Date;
  startsAt: Date;
  endsAt: Date | null;
  summary: string;
  description: string;
  status: "TENTATIVE" | "CONFIRMED" | "CANCELLED";
}

/** One entry for the event and one for each session that has a time. */
export function calendarEntries(event: EventRow, eventSessions: readonly SessionRow[]): CalendarEntry[] {
  const ofEvent = event.startsAt && {
    uid: `${event.id}@rostrum`,
    sequence: event.calendarSequence,
    stamp: event.updatedAt,
    startsAt: event.startsAt,
    endsAt: event.endsAt,
    summary: event.title,
    description: event.description,
    status: statusOf(event),
  };
  const ofSessions = eventSessions.flatMap((session) =>
    session.startsAt === null
      ? []
      : {
          uid: `${session.id}@rostrum`,
          sequence: session.calendarSequence,
          stamp: session.updatedAt,
          startsAt: session.startsAt,
          endsAt: session.endsAt,
          summary: `${session.title} (${event.title})`,
          description: "",
          status: session.status === "cancelled" ? ("CANCELLED" as const) : statusOf(event),
        },
  );
  return ofEvent ? [ofEvent, ...ofSessions] : ofSessions;
}

function statusOf({ status }: EventRow): CalendarEntry["status"] {
  if (status === "cancelled") return "CANCELLED";
  return status === "draft" ? "TENTATIVE" : "CONFIRMED";
}

/** Times are in UTC, which every calendar shows in its owner's zone. */
export function renderCalendar(name: string, entries: readonly CalendarEntry[]): string {
  const calendar = ical({
    name: escapedName(name),
    prodId: { company: "Rostrum", product: "Rostrum", language: "EN" },
    method: ICalCalendarMethod.PUBLISH,
  });
  for (const entry of entries) {
    const { uid, sequence, stamp, startsAt, endsAt, status } = entry;
    const description = plainText(entry.description);
    calendar.createEvent({
      id: uid,
      sequence,
      stamp,
      lastModified: stamp,
      start: startsAt,
      // §3.8.2.2: an end is later than the start, or not said.
      ...(endsAt && endsAt > startsAt ? { end: endsAt } : {}),
      summary: plainText(entry.summary),
      ...(description === "" ? {} : { description }),
      status: ICalEventStatus[status],
    });
  }
  return calendar.toString();
}

/** A text value has no control characters but line breaks and tabs (§3.3.11); a lone CR would end a line. */
function plainText(text: string): string {
  return text.replace(/\r\n?|\u2028|\u2029/g, "\n").replace(/[^\P{Cc}\t\n]/gu, "");
}

/** The library (9.0.0) writes a calendar's name as it is, where it is a text value like any other (§3.3.11). */
function escapedName(name: string): string {
  return plainText(name)
    .replace(/\s+/g, " ")
    .replace(/[\\;,]/g, "\\$&");
}
