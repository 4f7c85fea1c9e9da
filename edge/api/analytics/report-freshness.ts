/** How new a report is: what came of late is rolled up first, where that does not take long. */
import type { ApiDependencies } from "../dependencies.ts";
import { readNewsSince, readWaitingMarks } from "./roll-up-marks.ts";
import { rollUpNow } from "./roll-up-now.ts";

export type ReportDependencies = Pick<
  ApiDependencies,
  "db" | "environment" | "clock" | "log" | "metrics" | "waitUntil"
>;

/**
 * Rolls up what is new of the event, and answers up to when everything is in what can be read now. Nobody is kept
 * waiting longer than `patienceMs`; what is under way then goes on.
 */
export async function refreshReport(
  deps: ReportDependencies,
  eventId: string,
  patienceMs = 1000,
): Promise<Date> {
  const fresh = rollUpNow(deps, eventId);
  // Also where nobody waits for it any more, a failure is the tick's to tell.
  deps.waitUntil(fresh.catch(() => {}));
  const asOf = await inTime(
    fresh.catch(() => null),
    patienceMs,
  );
  if (asOf !== null) return asOf;
  const unit = { eventId };
  const newsSince = await readNewsSince(deps.db, unit, await readWaitingMarks(deps.db, unit));
  const now = deps.clock().getTime();
  return new Date(Math.min(now, newsSince ?? now));
}

async function inTime<Of>(work: Promise<Of>, patienceMs: number): Promise<Of | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  try {
    return await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
  }
}
