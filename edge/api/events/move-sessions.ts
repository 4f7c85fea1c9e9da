import { Problem } from "../../protocol/problem.ts";
import { outsideOf, shifted, type TimeRange } from "./event-times.ts";

/** After this year a time has no ISO 8601 form with four digits. */
const lastInstant = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * New times of an event's sessions when its own times change: all move by as much as its start does where `shift` says
 * so, else none. Throws `sessions-outside` where one would lie outside the event. Returns those that move.
 */
export function planSessionTimes<S extends TimeRange & { id: string }>(
  sessions: readonly S[],
  before: TimeRange,
  after: TimeRange,
  shift: boolean,
): (TimeRange & { id: string })[] {
  const byMs =
    shift && before.startsAt && after.startsAt ? after.startsAt.getTime() - before.startsAt.getTime() : 0;
  const planned = sessions.map((session) => ({ id: session.id, ...shifted(session, byMs) }));
  for (const session of planned) {
    const end = outsideOf(session, after);
    const farthest = Math.max(session.startsAt?.getTime() ?? 0, session.endsAt?.getTime() ?? 0);
    if (end === null && farthest <= lastInstant) continue;
    throw new Problem("sessions-outside", {
      detail: `The session ${session.id} would ${end === "startsAt" ? "begin" : "end"} outside the event. Move it first, or send shiftSessions.`,
    });
  }
  return byMs === 0 ? [] : planned;
}
