/**
 * When something that changes often is said: not sooner than `gatherMs` after a change, not sooner than `gapMs` after
 * the last time, and, with `repeatMs`, again after that long without a change.
 */
export class Pace {
  #changedAt: number | null = null;
  #saidAt: number | null = null;
  readonly #rules: { gatherMs: number; gapMs: number; repeatMs?: number };

  constructor(rules: { gatherMs: number; gapMs: number; repeatMs?: number }) {
    this.#rules = rules;
  }

  changed(now: number): void {
    this.#changedAt ??= now;
  }

  /** Whether now is a time to say it; saying it is then taken as done. */
  take(now: number): boolean {
    if (!this.#isDue(now)) return false;
    this.#changedAt = null;
    this.#saidAt = now;
    return true;
  }

  #isDue(now: number): boolean {
    const { gatherMs, gapMs, repeatMs } = this.#rules;
    if (this.#changedAt === null) {
      return repeatMs !== undefined && this.#saidAt !== null && now >= this.#saidAt + repeatMs;
    }
    return now >= this.#changedAt + gatherMs && (this.#saidAt === null || now >= this.#saidAt + gapMs);
  }
}
