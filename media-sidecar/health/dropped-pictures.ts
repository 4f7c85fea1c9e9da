import type { SourceInterval } from "./source-observer.ts";

/** Of the pictures that should have come, from which share on frames are said to be dropped. */
const missingShare = 0.02;

/** The share of the pictures that did not come, 0 to 1; null where none came at all. */
export function droppedShare(interval: SourceInterval | null): number | null {
  if (interval === null || interval.pictures === 0) return null;
  return interval.missingPictures / (interval.missingPictures + interval.pictures);
}

export function isDropping(interval: SourceInterval | null): boolean {
  return (droppedShare(interval) ?? 0) > missingShare;
}
