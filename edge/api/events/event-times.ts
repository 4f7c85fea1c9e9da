import { Problem } from "../../protocol/problem.ts";

export interface TimeRange {
  startsAt: Date | null;
  endsAt: Date | null;
}

/**
 * Times of an event or session as dates. Throws `invalid` for a day that is none, a year outside 1970 to 9999, or an
 * end that is not behind the start.
 */
export function readTimes(times: { startsAt: string | null; endsAt: string | null }): TimeRange {
  const range = {
    startsAt: times.startsAt === null ? null : readInstant(times.startsAt, "/startsAt"),
    endsAt: times.endsAt === null ? null : readInstant(times.endsAt, "/endsAt"),
  };
  requireOrder(range);
  return range;
}

/** As `readTimes`, where what is left out stays as it is in `present`. */
export function changeTimes(
  present: TimeRange,
  change: { startsAt?: string | null | undefined; endsAt?: string | null | undefined },
): TimeRange {
  const range = {
    startsAt: change.startsAt === undefined ? present.startsAt : readNullable(change.startsAt, "/startsAt"),
    endsAt: change.endsAt === undefined ? present.endsAt : readNullable(change.endsAt, "/endsAt"),
  };
  // What was kept under other rules does not keep anyone from changing the title.
  if (change.startsAt !== undefined || change.endsAt !== undefined) requireOrder(range);
  return range;
}

function readNullable(text: string | null, pointer: string): Date | null {
  return text === null ? null : readInstant(text, pointer);
}

function requireOrder({ startsAt, endsAt }: TimeRange): void {
  // RFC 5545 §3.8.2.2: an entry's end is later than its start.
  if (startsAt && endsAt && endsAt <= startsAt) throw invalid("/endsAt", "is not after the start");
}

/** Which end of `inner` lies outside `outer`, or null. What is not set sets no limit. */
export function outsideOf(inner: TimeRange, outer: TimeRange): "startsAt" | "endsAt" | null {
  if (isOutside(inner.startsAt, outer)) return "startsAt";
  if (isOutside(inner.endsAt, outer)) return "endsAt";
  return null;
}

function isOutside(instant: Date | null, { startsAt, endsAt }: TimeRange): boolean {
  return (
    instant !== null && ((startsAt !== null && instant < startsAt) || (endsAt !== null && instant > endsAt))
  );
}

/** Both ends moved by `milliseconds`. */
export function shifted({ startsAt, endsAt }: TimeRange, milliseconds: number): TimeRange {
  const move = (instant: Date | null) => instant && new Date(instant.getTime() + milliseconds);
  return { startsAt: move(startsAt), endsAt: move(endsAt) };
}

/** The pattern of an instant lets 31 February through, which JavaScript would make into March. */
export function readInstant(text: string, pointer: string): Date {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime()) || instant.getUTCDate() !== Number(text.slice(8, 10))) {
    throw invalid(pointer, "is not a day of the calendar");
  }
  // The pattern has four digits, so 9999 is the last. What PostgreSQL and every calendar program agree on.
  if (instant.getUTCFullYear() < 1970) throw invalid(pointer, "is before the year 1970");
  return instant;
}

function invalid(pointer: string, detail: string): Problem {
  return new Problem("invalid", { errors: [{ pointer, detail }] });
}
