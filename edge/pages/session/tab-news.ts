/** What came to each tab while another one was looked at. */
export class TabNews {
  #seen = new Map<string, Set<string>>();

  /** Items that the tab has and that nobody has looked at. The first ones of a tab count as seen. */
  count(tab: string, ids: readonly string[], isLookedAt: boolean): number {
    const seen = this.#seen.get(tab);
    if (!seen || isLookedAt) {
      this.#seen.set(tab, new Set(ids));
      return 0;
    }
    return ids.reduce((count, id) => (seen.has(id) ? count : count + 1), 0);
  }

  /** For another person all is to be seen anew. */
  forget(): void {
    this.#seen.clear();
  }
}
