/** People in one room: the sum over its gateways, and the most there have been. */
export class ViewerTally {
  readonly #counts = new Map<unknown, number>();
  #peak = 0;

  /** Whether the sum has changed. */
  set(gateway: unknown, viewers: number): boolean {
    const before = this.count;
    this.#counts.set(gateway, viewers);
    this.#peak = Math.max(this.#peak, this.count);
    return this.count !== before;
  }

  /** Someone else remembers more. Whether that was news. */
  raisePeak(peak: number): boolean {
    if (peak <= this.#peak) return false;
    this.#peak = peak;
    return true;
  }

  /** A gateway that is gone takes its people with it. */
  remove(gateway: unknown): boolean {
    const before = this.count;
    this.#counts.delete(gateway);
    return this.count !== before;
  }

  get count(): number {
    let sum = 0;
    for (const viewers of this.#counts.values()) sum += viewers;
    return sum;
  }

  get peak(): number {
    return this.#peak;
  }
}
