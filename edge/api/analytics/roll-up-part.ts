/** Does a part of a unit's roll-ups in pieces that are small however many watch, each a transaction of its own. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { shareTheLog } from "../playback/write-beats.ts";
import type { RollUpSpan } from "./roll-up-log.ts";
import { idOf, type RollUpUnit, readMostViewers, readSubject } from "./roll-up-marks.ts";
import { rollUpHour, rollUpMinutes, rollUpViewers } from "./roll-up-span.ts";

/** One at a time of each unit: locks of this class have the unit's hash as their second number. */
const unitLock = 4138;
const hourMs = 3_600_000;
const pieceMs = 900_000;
/** What came shortly before and after a span has a share in it. */
const aroundMs = 600_000;
const viewersAtOnce = 5000;

export interface PartOptions {
  beatSeconds: number;
  /** For another process that is at this unit; else the part is left to it. */
  wait: boolean;
}

/** Minutes of a span, and then the hour that begins at `hour`. False when another process is at the unit. */
export async function rollUpPart(
  db: Database,
  unit: RollUpUnit,
  { minutes, hour }: { minutes: RollUpSpan; hour: Date | null },
  { beatSeconds, wait }: PartOptions,
): Promise<boolean> {
  for (let at = minutes.from.getTime(); at < minutes.to.getTime(); at += pieceMs) {
    const span = { from: new Date(at), to: new Date(Math.min(at + pieceMs, minutes.to.getTime())) };
    const done = await claimed(db, unit, wait, async (tx) => {
      const subject = await readSubject(tx, unit, around(span));
      if (subject.streamIds.length + subject.sessionIds.length > 0)
        await rollUpMinutes(tx, subject, span, beatSeconds);
      return true;
    });
    if (done === null) return false;
  }
  if (hour === null) return true;
  const span = { from: hour, to: new Date(hour.getTime() + hourMs) };
  const subject = await readSubject(db, unit, around(span));
  if (subject.streamIds.length + subject.sessionIds.length === 0) return true;
  const of = Math.max(1, Math.ceil((await readMostViewers(db, subject, span)) / viewersAtOnce));
  for (let index = 0; index < of; index++) {
    const done = await claimed(db, unit, wait, async (tx) => {
      await rollUpViewers(tx, subject, span, { index, of }, beatSeconds);
      if (index === of - 1) await rollUpHour(tx, subject, span);
      return true;
    });
    if (done === null) return false;
  }
  return true;
}

function around({ from, to }: RollUpSpan): RollUpSpan {
  return { from: new Date(from.getTime() - aroundMs), to: new Date(to.getTime() + aroundMs) };
}

/**
 * Does something in a transaction with no other process at this unit and no user being deleted. Null, and nothing is
 * done, when another one is at it, unless `wait`.
 */
export function claimed<Result>(
  db: Database,
  unit: RollUpUnit,
  wait: boolean,
  work: (tx: Database) => Promise<Result>,
): Promise<Result | null> {
  return db.transaction(async (tx) => ((await claim(tx, unit, wait)) ? work(tx) : null));
}

/** As `claimed`, until the transaction ends. False when another process has the unit, unless `wait`. */
export async function claim(tx: Database, unit: RollUpUnit, wait: boolean): Promise<boolean> {
  // Sorts in memory, no time for compiling what runs once, and a plan for this very span.
  await tx.execute(sql`
    select set_config('work_mem', '128MB', true), set_config('jit', 'off', true),
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
