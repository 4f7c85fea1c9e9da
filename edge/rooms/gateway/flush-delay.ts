/** Sending one frame to one socket costs about 50 µs of the only thread; a tick leaves half of it for the rest. */
const shortestTickMs = 50;
const longestTickMs = 500;
/** A moment for what belongs together (an ack and its event) to meet. */
const gatherMs = 4;

/** How far apart flushes are with so many sockets, in milliseconds. */
export function tickMs(sockets: number): number {
  return Math.min(longestTickMs, Math.max(shortestTickMs, sockets / 10));
}

/** Milliseconds until the next flush: almost at once after a quiet time, else a tick after the last. */
export function flushDelayMs(sockets: number, flushedAt: number, now: number): number {
  return Math.max(gatherMs, flushedAt + tickMs(sockets) - now);
}

/** How far apart frames are that say totals, typing, reactions and counts. */
export const softGapMs = 250;
