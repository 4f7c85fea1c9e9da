/** A short memory of how many watch without a socket: thousands may ask at once, and counting reads each one's row. */
const keptMs = 1500;
const patienceMs = 1000;
const mostKept = 2000;

export interface Others {
  others: number;
  /** When they were counted, by this process's clock. */
  countedAt: number;
}

interface Kept {
  askedAt: number;
  answer: Promise<Others>;
}

export class OthersMemory {
  readonly #count: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly #waitUntil: (work: Promise<unknown>) => void;
  readonly #kept = new Map<string, Kept>();

  /** `count` answers for each id; who is missing in its answer has none. */
  constructor(
    count: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>,
    waitUntil: (work: Promise<unknown>) => void,
  ) {
    this.#count = count;
    this.#waitUntil = waitUntil;
  }

  /** In the order of `ids`. Rejects with what counting rejects with. */
  async read(ids: readonly string[]): Promise<Others[]> {
    const now = Date.now();
    for (const [id, { askedAt }] of this.#kept) {
      if (now - askedAt < keptMs && this.#kept.size <= mostKept) break;
      this.#kept.delete(id);
    }
    const missing = [...new Set(ids)].filter((id) => !this.#kept.has(id));
    if (missing.length > 0) this.#fill(missing, now);
    const answers = Promise.all(ids.flatMap((id) => this.#kept.get(id)?.answer ?? []));
    if (missing.length === ids.length) return answers;
    // Another request asks, and it may be gone before it hears.
    const shared = await Promise.race([answers.catch(() => null), patience()]);
    return shared ?? Promise.all(this.#ask(ids, Date.now()).values());
  }

  #fill(ids: readonly string[], now: number): void {
    for (const [id, answer] of this.#ask(ids, now)) {
      this.#kept.delete(id);
      this.#kept.set(id, { askedAt: now, answer });
      const forget = () => {
        if (this.#kept.get(id)?.answer === answer) this.#kept.delete(id);
      };
      this.#waitUntil(answer.catch(forget));
    }
  }

  #ask(ids: readonly string[], now: number): Map<string, Promise<Others>> {
    const counted = this.#count(ids);
    return new Map(
      ids.map((id) => [id, counted.then((found) => ({ others: found.get(id) ?? 0, countedAt: now }))]),
    );
  }
}

function patience(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), patienceMs));
}
