/** What may still be sent to a destination that takes less than the stream sends, or nothing at all. Pure. */

/** Some seconds of a large stream. */
export const mostUnsentBytes = 8 * 1024 * 1024;
export const stallSeconds = 10;

export class OutgoingQueue {
  #skipping = false;
  #lastSentBytes = 0;
  #lastProgressMs: number | null = null;

  /** Messages are being left out, until a keyframe finds the queue nearly empty. */
  get skipping(): boolean {
    return this.#skipping;
  }

  /** Whether this message is to be sent, with so much unsent before it. */
  admits(unsentBytes: number, message: { header: boolean; keyframe: boolean; hasVideo: boolean }): boolean {
    // A decoder needs headers whatever else it misses; they are small and rare.
    if (message.header) return true;
    if (this.#skipping) {
      const isStart = message.keyframe || !message.hasVideo;
      if (unsentBytes < mostUnsentBytes / 8 && isStart) this.#skipping = false;
    } else if (unsentBytes > mostUnsentBytes) {
      this.#skipping = true;
    }
    return !this.#skipping;
  }

  /** Asked about once a second: whether nothing was taken for too long although there is something to take. */
  isStalled(sentBytes: number, unsentBytes: number, nowMs: number): boolean {
    const moves = sentBytes !== this.#lastSentBytes || unsentBytes === 0;
    if (moves || this.#lastProgressMs === null) this.#lastProgressMs = nowMs;
    this.#lastSentBytes = sentBytes;
    return nowMs - this.#lastProgressMs >= stallSeconds * 1000;
  }
}
