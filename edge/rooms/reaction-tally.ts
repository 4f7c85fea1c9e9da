/** How often each emoji was sent since it was last asked. Keys come from people, so they are kept in a map. */
export class ReactionTally {
  #counts = new Map<string, number>();

  add(emoji: string, count = 1): void {
    this.#counts.set(emoji, (this.#counts.get(emoji) ?? 0) + count);
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /** The most frequent `most`, and begins anew. */
  take(most: number): [emoji: string, count: number][] {
    const counts = [...this.#counts];
    this.#counts = new Map();
    if (counts.length <= most) return counts;
    return counts.sort((one, other) => other[1] - one[1]).slice(0, most);
  }
}
