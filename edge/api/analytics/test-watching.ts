/** Roll-ups as they would be of people who watched, for tests of what is read from them. */
import type { Database } from "../../db/open-database.ts";
import { viewerHours, watchRollUps } from "../../db/schema/watching-tables.ts";

type ViewerHour = typeof viewerHours.$inferInsert;
type RollUp = typeof watchRollUps.$inferInsert;

/** Of one viewer in one hour, from `firstAt` to `lastAt`, kept under each of the scopes. */
export async function makeViewerHours(
  db: Database,
  scopeIds: readonly string[],
  viewers: readonly (Pick<ViewerHour, "viewerId" | "firstAt" | "lastAt" | "watchedSeconds"> &
    Partial<ViewerHour>)[],
): Promise<void> {
  const rows = scopeIds.flatMap((scopeId) =>
    viewers.map((viewer): ViewerHour => ({ hour: startOf(viewer.firstAt, 3_600_000), ...viewer, scopeId })),
  );
  for (let from = 0; from < rows.length; from += 1000)
    await db.insert(viewerHours).values(rows.slice(from, from + 1000));
}

/** Of minutes or hours, kept under each of the scopes. */
export async function makeRollUps(
  db: Database,
  scopeIds: readonly string[],
  rollUps: readonly (Pick<RollUp, "span" | "at" | "viewers" | "watchedSeconds"> & Partial<RollUp>)[],
): Promise<void> {
  const rows = scopeIds.flatMap((scopeId) =>
    rollUps.map(
      (rollUp): RollUp => ({
        peakViewers: rollUp.viewers,
        stalls: 0,
        stallSeconds: 0,
        errors: 0,
        renditions: {},
        ...rollUp,
        scopeId,
      }),
    ),
  );
  for (let from = 0; from < rows.length; from += 1000)
    await db.insert(watchRollUps).values(rows.slice(from, from + 1000));
}

function startOf(at: Date, ms: number): Date {
  return new Date(Math.floor(at.getTime() / ms) * ms);
}
