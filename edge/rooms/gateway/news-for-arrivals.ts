import type { PersonalNews } from "../../protocol/internal-rooms.ts";

/**
 * What people do on other devices while they are on the way in: it came too late for their join's answer, and before
 * there is a member to be told.
 */
export class NewsForArrivals {
  readonly #arriving = new Map<string, Set<PersonalNews[]>>();

  /** Call it before it is asked what is theirs. */
  begin(userId: string | null): { news: readonly PersonalNews[]; end(): void } {
    const news: PersonalNews[] = [];
    if (userId === null) return { news, end: () => {} };
    const all = this.#arriving.get(userId) ?? new Set();
    this.#arriving.set(userId, all.add(news));
    const end = () => {
      all.delete(news);
      if (all.size === 0) this.#arriving.delete(userId);
    };
    return { news, end };
  }

  hear(news: PersonalNews): void {
    for (const heard of this.#arriving.get(news.userId) ?? []) heard.push(news);
  }
}
