/** Rolls a time of an event up anew, from what is still in the raw log: however often, with the same result. */
import type { Database } from "../../db/open-database.ts";
import { readFirstWritten, readForgottenUntil, readLastSeen } from "./roll-up-marks.ts";
import { rollUpPart } from "./roll-up-part.ts";

const hourMs = 3_600_000;

export interface BackFilled {
  /** Whole hours; the end is not in it. Null: nothing is left in the raw log to do it from. */
  done: { from: Date; to: Date } | null;
}

/**
 * Hour by hour, each a transaction; `from` and `to` are widened to hours, and default to the whole event. What the raw
 * log has no longer is left as it was rolled up.
 */
export async function backFill(
  db: Database,
  eventId: string,
  { from, to, beatSeconds }: { from?: Date | undefined; to?: Date | undefined; beatSeconds: number },
): Promise<BackFilled> {
  const unit = { eventId };
  const [written, seen, forgotten] = [
    await readFirstWritten(db, unit),
    await readLastSeen(db, unit),
    await readForgottenUntil(db),
  ];
  if (written === null || seen === null) return { done: null };
  const first = Math.max(
    floor(Math.max(from?.getTime() ?? written, written)),
    Math.ceil(forgotten / hourMs) * hourMs,
  );
  const end = Math.min(floor(seen) + hourMs, to ? Math.ceil(to.getTime() / hourMs) * hourMs : Infinity);
  if (first >= end) return { done: null };
  for (let hour = first; hour < end; hour += hourMs) {
    const minutes = { from: new Date(hour), to: new Date(hour + hourMs) };
    await rollUpPart(db, unit, { minutes, hour: minutes.from }, { beatSeconds, wait: true });
  }
  return { done: { from: new Date(first), to: new Date(end) } };
}

function floor(at: number): number {
  return Math.floor(at / hourMs) * hourMs;
}
