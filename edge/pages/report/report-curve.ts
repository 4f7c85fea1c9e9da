/** The curve of a report as charts draw it. Pure. */
import type { EventAnalytics, ReportMoment } from "../../protocol/analytics.ts";

export interface CurvePoint {
  /** The middle of its step, milliseconds. */
  at: number;
  viewers: number;
  peakViewers: number;
  watchMinutes: number;
  messagesAMinute: number;
}

export interface Curve {
  /** Milliseconds; at least a step lies between them. */
  from: number;
  to: number;
  stepMs: number;
  points: CurvePoint[];
}

const nothing = { viewers: 0, peakViewers: 0, watchMinutes: 0, messagesAMinute: 0 };

/**
 * The report leaves out steps in which nobody was there: where some are missing, the curve comes down to zero behind
 * the last one and rises from zero before the next. Null where there is no point at all.
 */
export function curveOf({ stepSeconds, points }: EventAnalytics["curve"]): Curve | null {
  const stepMs = stepSeconds * 1000;
  const told = points.map(
    ({ at, viewers, peakViewers, watchSeconds, messages }): CurvePoint => ({
      at: Date.parse(at) + stepMs / 2,
      viewers,
      peakViewers,
      watchMinutes: watchSeconds / 60,
      messagesAMinute: messages / (stepSeconds / 60),
    }),
  );
  const [first, last] = [told[0], told.at(-1)];
  if (!first || !last) return null;
  const filled = told.flatMap((point, index) => {
    const before = told[index - 1];
    const missing = before ? Math.round((point.at - before.at) / stepMs) - 1 : 0;
    const zeros = [];
    if (before && missing > 0) zeros.push({ ...nothing, at: before.at + stepMs });
    if (missing > 1) zeros.push({ ...nothing, at: point.at - stepMs });
    return [...zeros, point];
  });
  return { from: first.at - stepMs / 2, to: last.at + stepMs / 2, stepMs, points: filled };
}

/** Where each moment stands on the curve, 0 to 1, in the order of the numbers that are given them. */
export function momentPlaces(moments: readonly ReportMoment[], { from, to }: Curve): number[] {
  return moments.map(({ at }) => Math.min(1, Math.max(0, (Date.parse(at) - from) / (to - from))));
}
