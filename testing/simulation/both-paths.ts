import { openDatabase } from "../../edge/db/open-database.ts";
import { type SecondPath, secondPath } from "../support/second-path.ts";
import type { ComparedFigure } from "./comparison.ts";
import type { ReportedFigures } from "./reported-figures.ts";
import type { Scene, SimulationStage } from "./simulation-stage.ts";

/** The same figures by plain SQL over the raw log: the event's, then each session's. */
export async function readSecondPaths(
  stage: SimulationStage,
  { eventId, stages }: Scene,
  beatSeconds: number,
): Promise<SecondPath[]> {
  const { db, close } = openDatabase(stage.kill.postgres.url, { maxConnections: 1 });
  try {
    const paths: SecondPath[] = [];
    for (const scope of [eventId, ...stages.map(({ sessionId }) => sessionId)]) {
      paths.push(await secondPath(db, scope, beatSeconds));
    }
    return paths;
  } finally {
    await close();
  }
}

/** Figures are told in thousandths of a second: so much may many viewers' rounded figures come to. */
const roundingSeconds = 0.05;

/** Must be the same: the report is `measured`, and what plain SQL says is the truth. */
export function comparePaths(
  { stages }: Scene,
  { analytics, watchedBy, paths: [ofEvent, ...ofSessions] }: ReportedFigures,
): ComparedFigure[] {
  const both = [
    { name: "event", path: ofEvent!, told: analytics.summary, watched: null },
    ...stages.map(({ sessionId }, index) => ({
      name: `session ${index + 1}`,
      path: ofSessions[index]!,
      told: analytics.sessions.find((session) => session.sessionId === sessionId),
      watched: watchedBy[index]!,
    })),
  ];
  return both.flatMap(({ name, path, told, watched }) => {
    const figure = (what: string, truth: number, measured = -1, limit = 0) => ({
      figure: `${name} by plain SQL: ${what}`,
      ...{ truth, measured, limit },
    });
    return [
      figure("unique viewers", path.uniqueViewers, told?.uniqueViewers),
      figure("peak viewers", path.peakViewers, told?.peakViewers),
      figure("watch seconds", path.watchSeconds, told?.watchSeconds, roundingSeconds),
      ...(watched === null
        ? []
        : [
            figure(
              "seconds that a viewer is off",
              0,
              farthest(path.watchSecondsOf, watched),
              roundingSeconds,
            ),
          ]),
    ];
  });
}

function farthest(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  const ids = [...new Set([...one.keys(), ...other.keys()])];
  return Math.max(0, ...ids.map((id) => Math.abs((one.get(id) ?? -60) - (other.get(id) ?? -60))));
}
