/** What the system says of a run, asked as staff would ask. */
import { parse } from "csv-parse/sync";
import type { EventAnalytics } from "../../edge/protocol/analytics.ts";
import type { SecondPath } from "../support/second-path.ts";
import { waitFor } from "../support/wait-for.ts";
import { readSecondPaths } from "./both-paths.ts";
import type { LivedRun } from "./simulation-run.ts";
import type { Scene, SimulationStage } from "./simulation-stage.ts";
import { judge, type Verdict } from "./simulation-verdict.ts";

export interface ReportedFigures {
  analytics: EventAnalytics;
  /** Seconds by viewer, of each of the scene's sessions. */
  watchedBy: readonly ReadonlyMap<string, number>[];
  /** What plain SQL over the raw log says. */
  paths: readonly SecondPath[];
}

export async function readReport(
  stage: SimulationStage,
  scene: Scene,
  beatSeconds: number,
): Promise<ReportedFigures> {
  const { eventId, stages } = scene;
  const { admin } = stage.kill.rostrum;
  const analytics = await admin.call<EventAnalytics>("GET", `/api/events/${eventId}/analytics`);
  const answer = await admin.request("GET", `/api/events/${eventId}/export/watch.csv`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`watch.csv answered ${answer.status}: ${text}`);
  const rows = parse(text, { columns: true, bom: true }) as Record<string, string>[];
  const watchedBy = stages.map(({ title }) => {
    const own = rows.filter(({ session }) => session === title);
    return new Map(own.map(({ viewer_id, watch_seconds }) => [viewer_id!, Number(watch_seconds)]));
  });
  return { analytics, watchedBy, paths: await readSecondPaths(stage, scene, beatSeconds) };
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
    verdict = judge(run, await readReport(stage, run.scene, beatSeconds), beatSeconds);
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
