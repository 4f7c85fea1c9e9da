/** How many of those who came at first were still there later. Pure. */
import type { SessionAnalytics } from "../../protocol/analytics.ts";

/** A session is looked at in so many slices of equal length. */
export const retentionSlices = 20;
/** Its first tenth. */
const firstSlices = retentionSlices / 10;

/** So many viewers were there in exactly the slices whose bits are set; the lowest bit is the first slice. */
export interface SlicesSeen {
  slices: number;
  viewers: number;
}

/** For each slice the share of the viewers of the first tenth who were there in it; empty where nobody came then. */
export function retentionCurve(seen: readonly SlicesSeen[]): SessionAnalytics["retention"] {
  const atFirst = seen.filter(({ slices }) => (slices & ((1 << firstSlices) - 1)) !== 0);
  const all = count(atFirst);
  if (all === 0) return [];
  return Array.from({ length: retentionSlices }, (_, slice) => ({
    at: slice / retentionSlices,
    share: count(atFirst.filter(({ slices }) => (slices >> slice) & 1)) / all,
  }));
}

function count(seen: readonly SlicesSeen[]): number {
  return seen.reduce((sum, { viewers }) => sum + viewers, 0);
}
