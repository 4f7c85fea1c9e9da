/** Which time a pass is to reckon again. Pure; times in milliseconds since 1970. */
import type { RollUpSpan } from "./roll-up-log.ts";
import { idOf, type RollUpUnit } from "./roll-up-marks.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** A beat tells of at most five minutes before it, and may be written into the minute before its own. */
const reachesBackMs = 6 * minuteMs;

export interface RollUpPlan {
  minutes: RollUpSpan;
  /** The hour to be written as well, of which these minutes are the new end. */
  hour: Date | null;
  /** Whether everything that was seen is done with it. */
  isLast: boolean;
}

/**
 * The next piece to do. `from` is what is rolled up already, or where the piece before ended (`goesOn`); before
 * `forgottenUntil` nothing may be reckoned again. Null: nothing is left to do.
 */
export function planRollUp(asked: {
  from: number;
  goesOn: boolean;
  seenAt: number;
  now: number;
  forgottenUntil: number;
  /** For how long hours, in which each viewer has a row, may be behind the minutes. */
  restMs: number;
}): RollUpPlan | null {
  const { from, goesOn, seenAt, now, forgottenUntil } = asked;
  const back = goesOn ? from : floor(from, minuteMs) - reachesBackMs;
  const first = Math.max(back, ceil(forgottenUntil, hourMs));
  if (first > seenAt) return null;
  const end = floor(seenAt, minuteMs) + minuteMs;
  if (!goesOn && now - from < asked.restMs) return { minutes: span(first, end), hour: null, isLast: true };
  const hour = floor(first, hourMs);
  const isLast = hour + hourMs > seenAt;
  return { minutes: span(first, isLast ? end : hour + hourMs), hour: new Date(hour), isLast };
}

function span(from: number, to: number): RollUpSpan {
  return { from: new Date(from), to: new Date(to) };
}

function floor(at: number, step: number): number {
  return Math.floor(at / step) * step;
}

function ceil(at: number, step: number): number {
  return Math.ceil(at / step) * step;
}

/** In their order, but those that failed after all others: one that takes all of a pass and fails must not keep it. */
export function failedLast(units: readonly RollUpUnit[], failed: ReadonlySet<string>): RollUpUnit[] {
  const hasFailed = (unit: RollUpUnit) => failed.has(idOf(unit));
  return [...units.filter((unit) => !hasFailed(unit)), ...units.filter(hasFailed)];
}
