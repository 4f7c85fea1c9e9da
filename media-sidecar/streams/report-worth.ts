import type { BroadcastReport } from "../broadcast/broadcast-settings.ts";

/** Figures that never stand still are told this often. */
const figuresEverySeconds = 5;

/** What of a broadcast's report is news by itself; bitrate and measured intervals are figures, which can wait. */
function news({ source, renditions, warnings }: BroadcastReport): string {
  const { bitrateKbps: _, keyframeIntervalSeconds: __, frameRate: ___, ...nature } = source ?? {};
  const ladder = renditions.map(({ name, width, height, copied }) => [name, width, height, copied]);
  return JSON.stringify([source === null, nature, ladder, warnings]);
}

/** Whether the edge should hear of `next` now: each report there is a transaction in PostgreSQL. */
export function isWorthReporting(
  next: BroadcastReport,
  told: { report: BroadcastReport; atMs: number } | null,
  nowMs: number,
): boolean {
  if (told === null || news(next) !== news(told.report)) return true;
  return (
    nowMs - told.atMs >= figuresEverySeconds * 1000 && JSON.stringify(next) !== JSON.stringify(told.report)
  );
}
