import { table } from "../bench/table.ts";
import { comparisonRows, isWithin } from "./comparison.ts";
import type { LivedRun } from "./simulation-run.ts";
import type { Verdict } from "./simulation-verdict.ts";

const shownViewers = 8;

/** A run and what was said of it, for people: the table, the worst viewers, and the scripts of those beyond. */
export function describeRun(run: LivedRun, { figures, viewers, findings }: Verdict): string {
  const kills = run.kills.map(({ at, victims }) => `killed at ${at.toFixed(1)} s: ${victims.join(", ")}`);
  const answers = [...run.answers].map(([status, count]) => `${status || "none"} × ${count}`);
  const worst = viewers.slice(0, shownViewers);
  const scripts = worst
    .filter((viewer) => !isWithin(viewer))
    .map(({ viewerId }) => `${viewerId}: ${JSON.stringify(run.scripts.get(viewerId))}`);
  return [
    ...kills,
    `beats were answered ${answers.join(", ")}`,
    table([["figure", "true", "measured", "error", "limit"], ...comparisonRows(figures)]),
    `the worst of ${viewers.length} viewers:`,
    table([
      ["viewer", "figure", "true s", "measured", "error", "limit"],
      ...comparisonRows(worst).map((row, index) => [worst[index]!.viewerId, ...row]),
    ]),
    ...scripts,
    ...findings.slice(0, 20).map((finding) => `- ${finding}`),
  ].join("\n");
}
