const mostMs = 120_000;

/** Times in whole milliseconds, counted rather than kept: millions of them are few numbers. */
export class DeliveryTimes {
  readonly #counts = new Uint32Array(mostMs + 1);
  #total = 0;

  add(milliseconds: number): void {
    this.#counts[Math.max(0, Math.min(mostMs, Math.round(milliseconds)))]!++;
    this.#total++;
  }

  get count(): number {
    return this.#total;
  }

  /** In milliseconds: at most so long took `share` (0 to 1) of them. NaN of none. */
  percentile(share: number): number {
    if (this.#total === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil(this.#total * share));
    let seen = 0;
    for (let milliseconds = 0; milliseconds <= mostMs; milliseconds++) {
      seen += this.#counts[milliseconds]!;
      if (seen >= wanted) return milliseconds;
    }
    return mostMs;
  }
}
