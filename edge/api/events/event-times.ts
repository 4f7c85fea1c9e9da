import { Problem } from "../../protocol/problem.ts";

/** Times of an event or session as dates. Throws `invalid` for a day that is none, or an end before the start. */
export function readTimes(times: { startsAt: string | null; endsAt: string | null }): {
  startsAt: Date | null;
  endsAt: Date | null;
} {
  const startsAt = times.startsAt === null ? null : readInstant(times.startsAt, "/startsAt");
  const endsAt = times.endsAt === null ? null : readInstant(times.endsAt, "/endsAt");
  if (startsAt && endsAt && endsAt < startsAt) throw invalid("/endsAt", "is before the start");
  return { startsAt, endsAt };
}

/** The pattern of an instant lets 31 February through, which JavaScript would make into March. */
export function readInstant(text: string, pointer: string): Date {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime()) || instant.getUTCDate() !== Number(text.slice(8, 10))) {
    throw invalid(pointer, "is not a day of the calendar");
  }
  // What PostgreSQL and every calendar program agree on.
  if (instant.getUTCFullYear() < 1900) throw invalid(pointer, "is before the year 1900");
  return instant;
}

function invalid(pointer: string, detail: string): Problem {
  return new Problem("invalid", { errors: [{ pointer, detail }] });
}
