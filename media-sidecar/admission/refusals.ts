/** Streams that were sent away when their pictures were known, for as long as that counts. */

/** A stream that did not fit is not let in again to find out, for so long; its encoder may be set otherwise then. */
const refusalMs = 20_000;

export class Refusals {
  readonly #refused = new Map<string, { leastCost: number; untilMs: number }>();

  /** How many still count, as of the newest one. */
  get count(): number {
    return this.#refused.size;
  }

  /** `leastCost`: what the stream would need at its smallest. Times are of `performance.now`. */
  add(playbackId: string, leastCost: number, nowMs: number): void {
    for (const [id, { untilMs }] of this.#refused) if (untilMs <= nowMs) this.#refused.delete(id);
    this.#refused.set(playbackId, { leastCost, untilMs: nowMs + refusalMs });
  }

  /** What the stream was refused for; null where it was not, or where that is over. */
  leastCost(playbackId: string, nowMs: number): number | null {
    const refused = this.#refused.get(playbackId);
    return refused === undefined || refused.untilMs <= nowMs ? null : refused.leastCost;
  }
}
