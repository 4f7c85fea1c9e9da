import type { DeedCounts } from "./deeds-at-work.ts";
import type { TrueAudience } from "./truth.ts";

/** What the system says of an event or a session. */
export interface MeasuredAudience {
  uniqueViewers: number;
  peakViewers: number;
  watchSeconds: number;
}

export interface ComparedFigure {
  figure: string;
  truth: number;
  measured: number;
  /** How far apart they may be, in the figure's unit. */
  limit: number;
}

export interface ComparedViewer extends ComparedFigure {
  viewerId: string;
}

const peakShare = 0.02;
const watchShare = 0.02;
const viewerShare = 0.05;

/**
 * Unique viewers exact, peak and watch time within 2 %. Who came moments before the height, and of whom nobody had been
 * told by then (a killed API takes along what it answered and did not write), may be missing from the peak. Of `few` viewers, what those who went without a word took along
 * may be more, and comes on top.
 */
export function compareAudience(
  name: string,
  truth: TrueAudience,
  measured: MeasuredAudience,
  few = false,
): ComparedFigure[] {
  const untold = [...truth.untoldBy.values()].reduce((a, b) => a + b, 0);
  return [
    {
      figure: `${name}: unique viewers`,
      truth: truth.uniqueViewers,
      measured: measured.uniqueViewers,
      limit: 0,
    },
    {
      figure: `${name}: peak viewers`,
      truth: truth.peakViewers,
      measured: measured.peakViewers,
      // People do not come in parts.
      limit:
        Math.max(1, Math.floor(truth.peakViewers * peakShare)) +
        (measured.peakViewers < truth.peakViewers ? truth.peakViewers - truth.toldPeakViewers : 0),
    },
    {
      figure: `${name}: watch seconds`,
      truth: truth.watchSeconds,
      measured: measured.watchSeconds,
      limit: truth.watchSeconds * watchShare + (few ? untold : 0),
    },
  ];
}

/** Exact. */
export function compareDeeds(truth: DeedCounts, measured: DeedCounts): ComparedFigure[] {
  return (["messages", "questions", "upvotes", "votes"] as const).map((figure) => ({
    figure,
    truth: truth[figure],
    measured: measured[figure],
    limit: 0,
  }));
}

/**
 * Each viewer's watch time within 5 %, or two beats' time where that is more: a player opened while nobody answers
 * loses that much. Who goes without a word takes along what nobody was told of; the answer to the beat before may
 * have come from a process that was killed before it wrote.
 */
export function compareViewers(
  name: string,
  { watchedBy, untoldBy }: TrueAudience,
  measured: ReadonlyMap<string, number>,
  beatSeconds: number,
): ComparedViewer[] {
  return [...new Set([...watchedBy.keys(), ...measured.keys()])].map((viewerId) => {
    const truth = watchedBy.get(viewerId) ?? 0;
    const untold = untoldBy.get(viewerId) ?? 0;
    return {
      viewerId,
      figure: `${name}: watch seconds`,
      truth,
      measured: measured.get(viewerId) ?? 0,
      limit: Math.max(truth * viewerShare, 2 * beatSeconds, untold + beatSeconds),
    };
  });
}

export function isWithin({ truth, measured, limit }: ComparedFigure): boolean {
  return Math.abs(measured - truth) <= limit + 1e-6;
}

/** Farthest beyond their limit first. */
export function worstFirst<T extends ComparedFigure>(figures: readonly T[]): T[] {
  const excess = ({ truth, measured, limit }: T) => Math.abs(measured - truth) - limit;
  return [...figures].sort((a, b) => excess(b) - excess(a));
}

/** Rows for a table: figure, true, measured, error, limit. */
export function comparisonRows(figures: readonly ComparedFigure[]): string[][] {
  const text = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
  return figures.map((compared) => {
    const { figure, truth, measured, limit } = compared;
    const share = truth === 0 ? "" : ` (${((100 * (measured - truth)) / truth).toFixed(2)} %)`;
    const verdict = isWithin(compared) ? "" : " BEYOND";
    return [
      figure,
      text(truth),
      text(measured),
      `${text(measured - truth)}${share}${verdict}`,
      Number.isFinite(limit) ? `± ${text(limit)}` : "",
    ];
  });
}
