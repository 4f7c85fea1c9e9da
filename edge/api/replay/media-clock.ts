/** Media time: seconds after a broadcast's first picture, on the clock of `EXT-X-PROGRAM-DATE-TIME`. Pure. */

/** Seconds with at most milliseconds, also before the first picture; or an instant with `Z`. */
export type ReplayPoint = { seconds: number } | { at: number };

/** Null for what is neither. */
export function parsePoint(text: string): ReplayPoint | null {
  if (/^-?\d{1,8}(\.\d{1,6})?$/.test(text)) return { seconds: Number(text) };
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : { at };
}

/** Milliseconds since the epoch; null for seconds where there has been no broadcast. */
export function instantOf(point: ReplayPoint, startedAt: number | null): number | null {
  if ("at" in point) return point.at;
  return startedAt === null ? null : startedAt + point.seconds * 1000;
}

export function mediaSecondsAt(at: number, startedAt: number | null): number | null {
  return startedAt === null ? null : (at - startedAt) / 1000;
}
