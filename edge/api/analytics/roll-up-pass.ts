/** Rolls up what has come since the last time, however many processes do the same. */
import { loggableCause } from "../../db/constraint-errors.ts";
import { describeError } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import {
  idOf,
  moveMarks,
  type RollUpUnit,
  readForgottenUntil,
  readNewsSince,
  readWaitingMarks,
  readWaitingUnits,
} from "./roll-up-marks.ts";
import { claimed, rollUpPart } from "./roll-up-part.ts";
import { failedLast, planRollUp } from "./roll-up-plan.ts";

export type RollUpDependencies = Pick<ApiDependencies, "db" | "clock" | "environment" | "log" | "metrics">;

const mostUnits = 200;
/** After this a pass leaves the rest to the next one. */
const mostMs = 20_000;
const slowSeconds = 5;
/** The hours of who watches now are reckoned no more often, and for no more than a tenth of the time. */
const leastRestMs = 120_000;
const restFactor = 10;
/** How long the last hour of a unit took, by its id, in milliseconds: a hint, of this process alone. */
const hourTookMs = new Map<string, number>();
const mostHints = 1000;

export function hintOf(unit: RollUpUnit): { tookMs: number; restMs: number } {
  const tookMs = hourTookMs.get(idOf(unit)) ?? 0;
  return { tookMs, restMs: Math.max(leastRestMs, restFactor * tookMs) };
}

function takeHint(unit: RollUpUnit, tookMs: number): void {
  hourTookMs.delete(idOf(unit));
  hourTookMs.set(idOf(unit), tookMs);
  const [oldest] = hourTookMs.keys();
  if (hourTookMs.size > mostHints && oldest !== undefined) hourTookMs.delete(oldest);
}

/** Units whose last pass failed, by their ids: a hint, of this process alone. */
const failedOfLate = new Set<string>();

/** Everything that waits, for as long as a pass may take. Never throws: what fails is logged and tried again. */
export async function rollUpWhatWaits(deps: RollUpDependencies): Promise<void> {
  const startedAt = performance.now();
  const isOver = () => performance.now() - startedAt > mostMs;
  try {
    for (const unit of failedLast(await readWaitingUnits(deps.db, mostUnits), failedOfLate)) {
      if (isOver()) return;
      try {
        await rollUpUnit(deps, unit, { hours: false, wait: false, isOver });
        failedOfLate.delete(idOf(unit));
      } catch (error) {
        if (failedOfLate.size >= mostHints) failedOfLate.clear();
        failedOfLate.add(idOf(unit));
        deps.log.error("roll-up-failed", { ...unit, error: describeError(loggableCause(error)) });
      }
    }
  } catch (error) {
    deps.log.error("roll-up-failed", { error: describeError(loggableCause(error)) });
  }
}

export interface UnitOptions {
  /** The hours too, however fresh they are. */
  hours: boolean;
  /** For another process that is at this unit; else it is passed over. */
  wait: boolean;
  isOver?: () => boolean;
}

/** What has come of one unit, piece by piece, each a transaction. */
export async function rollUpUnit(
  deps: RollUpDependencies,
  unit: RollUpUnit,
  options: UnitOptions,
): Promise<void> {
  const startedAt = performance.now();
  let goesOnFrom: number | null = null;
  do goesOnFrom = await rollUpPiece(deps, unit, options, goesOnFrom);
  while (goesOnFrom !== null && !options.isOver?.());
  const seconds = (performance.now() - startedAt) / 1000;
  deps.metrics.rolledUp(seconds);
  if (seconds > slowSeconds) deps.log.warn("roll-up-slow", { ...unit, seconds });
}

/** Answers where to go on, or null when all is done or somebody else does it. */
async function rollUpPiece(
  { db, clock, environment: { beatSeconds } }: RollUpDependencies,
  unit: RollUpUnit,
  { hours, wait }: UnitOptions,
  goesOnFrom: number | null,
): Promise<number | null> {
  const piece = await claimed(db, unit, wait, async (tx) => {
    const marks = await readWaitingMarks(tx, unit);
    if (marks.length === 0) return null;
    const rolledUpAt = Math.min(...marks.map((mark) => mark.rolledUpAt));
    const seenAt = Math.max(...marks.map((mark) => mark.seenAt));
    // Something that came late may have put a mark back behind the piece before.
    const goesOn = goesOnFrom !== null && goesOnFrom <= rolledUpAt;
    const from = goesOn ? goesOnFrom : await readNewsSince(tx, unit, marks);
    const forgottenUntil = await readForgottenUntil(tx);
    const [now, restMs] = [clock().getTime(), hours ? 0 : hintOf(unit).restMs];
    const plan = from === null ? null : planRollUp({ from, goesOn, seenAt, now, forgottenUntil, restMs });
    if (plan === null) await moveMarks(tx, marks, new Date(seenAt));
    return plan && { marks, seenAt, ...plan };
  });
  if (piece === null) return null;
  const startedAt = performance.now();
  const isDone = await rollUpPart(db, unit, piece, { beatSeconds, wait });
  if (!isDone || piece.hour === null) return null;
  takeHint(unit, performance.now() - startedAt);
  await moveMarks(db, piece.marks, piece.isLast ? new Date(piece.seenAt) : piece.minutes.to);
  return piece.isLast ? null : piece.minutes.to.getTime();
}
