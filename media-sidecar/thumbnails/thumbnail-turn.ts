/** When the next picture may be made, so that pictures stay cheap whatever the machine does. */

const everyMs = 5000;
/** Of one processor. Where others take it, each picture takes longer, and fewer are made. */
const mostShare = 0.2;
const leastPauseSeconds = 0.5;

/** A stream's picture is old enough for another; times as of `performance.now`. */
export function isDue(madeAtMs: number, nowMs: number): boolean {
  return nowMs - madeAtMs >= everyMs;
}

/** How long to leave the machine alone after a picture that took so many milliseconds. */
export function pauseSeconds(tookMs: number): number {
  return Math.max(leastPauseSeconds, (tookMs / 1000) * (1 / mostShare - 1));
}
