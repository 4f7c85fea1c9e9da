import { comparePaths } from "./both-paths.ts";
import {
  type ComparedFigure,
  type ComparedViewer,
  compareAudience,
  compareDeeds,
  compareViewers,
  isWithin,
  worstFirst,
} from "./comparison.ts";
import type { ReportedFigures } from "./reported-figures.ts";
import type { LivedRun } from "./simulation-run.ts";
import { trueAudience } from "./truth.ts";

export interface Verdict {
  figures: readonly ComparedFigure[];
  /** Farthest beyond their limits first. */
  viewers: readonly ComparedViewer[];
  /** What is wrong, as sentences; empty when nothing is. */
  findings: readonly string[];
}

/** Lays a run beside the system's report of it. */
export function judge(run: LivedRun, reported: ReportedFigures, beatSeconds: number): Verdict {
  const { analytics, watchedBy } = reported;
  const truth = trueAudience(run.visits);
  const signedIn = [...truth.watchedBy.keys()].filter((viewerId) => viewerId.startsWith("usr_"));
  const untold = [...truth.untoldBy.values()].reduce((a, b) => a + b, 0);
  const sessions = run.scene.stages.map(({ sessionId }, stage) => ({
    name: `session ${stage + 1}`,
    truth: trueAudience(run.visits.filter((visit) => visit.stage === stage)),
    measured: analytics.sessions.find((session) => session.sessionId === sessionId) ?? nobody,
    watchedBy: watchedBy[stage] ?? new Map<string, number>(),
  }));
  const figures: ComparedFigure[] = [
    ...compareAudience("event", truth, analytics.summary),
    ...sessions.flatMap((session) => compareAudience(session.name, session.truth, session.measured, true)),
    // For who reads the table: what no beat told of, at most so much is missing.
    {
      figure: "event: seconds nobody was told of",
      truth: untold,
      measured: Math.max(0, truth.watchSeconds - analytics.summary.watchSeconds),
      limit: Number.POSITIVE_INFINITY,
    },
    {
      figure: "signed-in viewers",
      truth: signedIn.length,
      measured: analytics.summary.signedInViewers,
      limit: 0,
    },
    ...compareDeeds(run.deeds, analytics.summary.deeds),
    ...comparePaths(run.scene, reported),
  ];
  const viewers = worstFirst(
    sessions.flatMap((session) =>
      compareViewers(session.name, session.truth, session.watchedBy, beatSeconds),
    ),
  );
  const wrong = [...figures, ...viewers].filter((figure) => !isWithin(figure));
  return { figures, viewers, findings: [...wrong.map(sentence), ...run.doubts] };
}

const nobody = { uniqueViewers: 0, peakViewers: 0, watchSeconds: 0 };

function sentence(compared: ComparedFigure | ComparedViewer): string {
  const whose = "viewerId" in compared ? ` ${compared.viewerId}` : "";
  const { figure, truth, measured, limit } = compared;
  return `${figure}${whose} is ${measured.toFixed(1)} and should be ${truth.toFixed(1)} ± ${limit.toFixed(1)}`;
}
