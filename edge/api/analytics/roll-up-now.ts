/** Rolls an event up for whoever wants to read of it now. */
import type { Database } from "../../db/open-database.ts";
import { readWaitingMarks } from "./roll-up-marks.ts";
import { hintOf, type RollUpDependencies, rollUpUnit } from "./roll-up-pass.ts";

/** What is no older counts as now. */
const freshMs = 10_000;
/** Nobody waits for longer than this for a report: it then tells of what was rolled up last. */
const longestWaitMs = 3000;
/** Those who ask at once of one pool share the work; a pool of one request alone shares nothing. */
const running = new WeakMap<Database, Map<string, Promise<Date>>>();

/**
 * Answers up to when everything is in the event's roll-ups: now, or a few seconds ago. Nothing but a look at the marks
 * when nothing came since.
 */
export async function rollUpNow(deps: RollUpDependencies, eventId: string): Promise<Date> {
  const now = deps.clock();
  const waiting = await readWaitingMarks(deps.db, { eventId });
  const oldest = Math.min(...waiting.map((mark) => mark.rolledUpAt));
  if (waiting.length === 0) return now;
  const { tookMs, restMs } = hintOf({ eventId });
  const mayBe = tookMs > longestWaitMs ? restMs : freshMs;
  if (oldest > now.getTime() - mayBe) return new Date(oldest);
  const ofPool = running.get(deps.db) ?? new Map<string, Promise<Date>>();
  running.set(deps.db, ofPool);
  const under = ofPool.get(eventId);
  if (under) return under;
  const work = rollUpUnit(deps, { eventId }, { hours: true, wait: true })
    .then(() => now)
    .finally(() => ofPool.delete(eventId));
  ofPool.set(eventId, work);
  return work;
}
