/** Rolls up what has come since the last time, however many processes do the same. */
import { sql } from "drizzle-orm";
import { loggableCause } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import { describeError } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { shareTheLog } from "../playback/write-beats.ts";
import {
  moveMarks,
  type RollUpUnit,
  readFirstWritten,
  readForgottenUntil,
  readSubject,
  readWaitingMarks,
  readWaitingUnits,
} from "./roll-up-marks.ts";
import { planRollUp } from "./roll-up-plan.ts";
import { rollUpSpan } from "./roll-up-span.ts";

export type RollUpDependencies = Pick<ApiDependencies, "db" | "clock" | "environment" | "log" | "metrics">;

/** One at a time of each unit: locks of this class have the unit's hash as their second number. */
const unitLock = 4138;
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

function idOf(unit: RollUpUnit): string {
  return "eventId" in unit ? unit.eventId : unit.streamId;
}

/** Everything that waits, for as long as a pass may take. Never throws: what fails is logged and tried again. */
export async function rollUpWhatWaits(deps: RollUpDependencies): Promise<void> {
  const startedAt = performance.now();
  const isOver = () => performance.now() - startedAt > mostMs;
  try {
    for (const unit of await readWaitingUnits(deps.db, mostUnits)) {
      if (isOver()) return;
      await rollUpUnit(deps, unit, { hours: false, wait: false, isOver }).catch((error: unknown) =>
        deps.log.error("roll-up-failed", { ...unit, error: describeError(loggableCause(error)) }),
      );
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
function rollUpPiece(
  { db, clock, environment }: RollUpDependencies,
  unit: RollUpUnit,
  { hours, wait }: UnitOptions,
  goesOnFrom: number | null,
): Promise<number | null> {
  return db.transaction(async (tx) => {
    if (!(await claim(tx, unit, wait))) return null;
    const marks = await readWaitingMarks(tx, unit);
    if (marks.length === 0) return null;
    const rolledUpAt = Math.min(...marks.map((mark) => mark.rolledUpAt));
    const seenAt = Math.max(...marks.map((mark) => mark.seenAt));
    // Something that came late may have put a mark back behind the piece before.
    const goesOn = goesOnFrom !== null && goesOnFrom <= rolledUpAt;
    const known = goesOn ? goesOnFrom : rolledUpAt;
    const from = Number.isFinite(known) ? known : await readFirstWritten(tx, unit);
    const plan =
      from === null
        ? null
        : planRollUp({
            from,
            goesOn,
            seenAt,
            now: clock().getTime(),
            forgottenUntil: await readForgottenUntil(tx),
            restMs: hours ? 0 : hintOf(unit).restMs,
          });
    if (plan === null) {
      await moveMarks(tx, marks, new Date(seenAt));
      return null;
    }
    const startedAt = performance.now();
    await rollUpPart(tx, unit, plan, environment.beatSeconds);
    if (!plan.hours) return null;
    takeHint(unit, performance.now() - startedAt);
    await moveMarks(tx, marks, plan.isLast ? new Date(seenAt) : plan.to);
    return plan.isLast ? null : plan.to.getTime();
  });
}

/** One span of one unit, of what is there. Needs a transaction that `claim` was called in. */
export async function rollUpPart(
  tx: Database,
  unit: RollUpUnit,
  part: { from: Date; to: Date; hours: boolean },
  beatSeconds: number,
): Promise<void> {
  // What came shortly before and after has a share in it.
  const around = {
    from: new Date(part.from.getTime() - aroundMs),
    to: new Date(part.to.getTime() + aroundMs),
  };
  const subject = await readSubject(tx, unit, around);
  if (subject.sessionIds.length === 0 && subject.streamIds.length === 0) return;
  await rollUpSpan(tx, subject, part, { beatSeconds, hours: part.hours });
}

const aroundMs = 600_000;

/**
 * Keeps other processes from this unit, and users from being deleted, until the transaction ends. False when another
 * one has it, unless `wait`.
 */
export async function claim(tx: Database, unit: RollUpUnit, wait: boolean): Promise<boolean> {
  // Sorts in memory, no time for compiling what runs once, and a plan for this very span.
  await tx.execute(sql`
    select set_config('work_mem', '64MB', true), set_config('jit', 'off', true),
           set_config('plan_cache_mode', 'force_custom_plan', true), set_config('statement_timeout', '60s', true)`);
  const key = sql`${unitLock}::int, hashtext(${idOf(unit)})`;
  if (wait) await tx.execute(sql`select pg_advisory_xact_lock(${key})`);
  else {
    const [row] = await tx.execute<{ got: boolean }>(sql`select pg_try_advisory_xact_lock(${key}) as got`);
    if (!row?.got) return false;
  }
  await shareTheLog(tx);
  return true;
}
