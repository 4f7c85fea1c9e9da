/** Times as a destination gets them: from zero, over the wrap of RTMP's 32 bits (RTMP 1.0, §5.3.1.2: about 50 days). */
export class OutgoingTimeline {
  #last: number | null = null;
  #position = 0;

  /** `timestampMs` as the encoder's connection has it; audio and video in the order they come. */
  next(timestampMs: number): number {
    // The shorter way round: a step back is a step back, and the wrap is a step forward.
    const step = this.#last === null ? 0 : (timestampMs - this.#last) | 0;
    this.#last = timestampMs;
    this.#position += step;
    return Math.max(0, this.#position) % 2 ** 32;
  }
}
