/** What the system says of a run, asked as staff would ask. */
import type { EventAnalytics } from "../../edge/protocol/analytics.ts";
import { waitFor } from "../support/wait-for.ts";
import type { LivedRun } from "./simulation-run.ts";
import type { Scene, SimulationStage } from "./simulation-stage.ts";
import { judge, type Verdict } from "./simulation-verdict.ts";

export interface ReportedFigures {
  analytics: EventAnalytics;
  watchedBy: ReadonlyMap<string, number>;
}

export async function readReport(stage: SimulationStage, { eventId }: Scene): Promise<ReportedFigures> {
  const { admin } = stage.kill.rostrum;
  const analytics = await admin.call<EventAnalytics>("GET", `/api/events/${eventId}/analytics`);
  const rows = await stage.kill.withDatabase(
    (sql) => sql<{ viewer_id: string; seconds: number }[]>`
      select viewer_id, sum(watched_seconds)::float8 as seconds
      from viewer_hours where scope_id = ${eventId} group by viewer_id`,
  );
  return { analytics, watchedBy: new Map(rows.map(({ viewer_id, seconds }) => [viewer_id, seconds])) };
}

/** Gateways and media machines report every half minute at the latest; beats are there within a second or two. */
const reportedWithinSeconds = 45;

/** The verdict once nothing is beyond its limit, or else the last one. */
export async function untilReported(
  stage: SimulationStage,
  run: LivedRun,
  beatSeconds: number,
): Promise<Verdict> {
  let verdict: Verdict | null = null;
  const isRight = async () => {
    verdict = judge(run, await readReport(stage, run.scene), beatSeconds);
    return verdict.findings.length === 0;
  };
  await waitFor("the report says what is true", isRight, {
    timeoutSeconds: reportedWithinSeconds,
    everyMilliseconds: 1000,
  }).catch((error: unknown) => {
    if (verdict === null) throw error;
  });
  return verdict!;
}
