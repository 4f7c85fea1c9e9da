/** An event that stands in a session's log. */
export interface Numbered {
  seq: number;
}

/**
 * What one client knows of one session's log: where to resume, and what it was told already. The server may tell an
 * event twice and skips numbers that are not for these eyes, so neither a repeat nor a hole means anything is wrong.
 */
export class SessionResume<T extends Numbered> {
  /** The highest seq we were told; null before the first join. */
  #highest: number | null = null;
  /** Everything up to here is known; above it, what is known stands in #seen. */
  #floor = 0;
  #seen = new Set<number>();
  /** Events that overtook the join's answer; null once it has come. */
  #early: T[] | null = [];

  /** For `session:join`. */
  get after(): number | undefined {
    return this.#highest ?? undefined;
  }

  /** The socket is gone: the next events count only behind the next join's answer. */
  disconnected(): void {
    this.#early = [];
  }

  /**
   * The join's answer. `fresh`: start again from its snapshot. `stale`: the log is shorter than what we were told (it
   * was restored from a backup), so join again, now without `after`. `early` are events to handle now, in order.
   */
  joined(answer: { seq: number; hasSnapshot: boolean }): {
    outcome: "fresh" | "continued" | "stale";
    early: T[];
  } {
    const waiting = this.#early ?? [];
    this.#seen.clear();
    if (!answer.hasSnapshot && this.#highest !== null && answer.seq < this.#highest) {
      this.#highest = null;
      this.#floor = 0;
      this.#early = [];
      return { outcome: "stale", early: [] };
    }
    // Without a snapshot not moved to answer.seq: what was missed comes behind this answer, and if the socket is lost
    // in between it must be asked for again.
    if (answer.hasSnapshot || this.#highest === null) this.#highest = answer.seq;
    this.#floor = this.#highest;
    this.#early = null;
    return {
      outcome: answer.hasSnapshot ? "fresh" : "continued",
      early: waiting.filter((event) => this.accept(event)),
    };
  }

  /** True when the event is new and is to be handled now. */
  accept(event: T): boolean {
    if (this.#early) {
      this.#early.push(event);
      return false;
    }
    if (event.seq <= this.#floor || this.#seen.has(event.seq)) return false;
    this.#seen.add(event.seq);
    this.passed(event.seq);
    if (this.#seen.size > 2 * seenWindow) this.#forgetOldest();
    return true;
  }

  /** `session:seq`: events up to here were not for us. */
  passed(seq: number): void {
    if (!this.#early && (this.#highest === null || seq > this.#highest)) this.#highest = seq;
  }

  #forgetOldest(): void {
    this.#floor = (this.#highest ?? 0) - seenWindow;
    for (const seq of this.#seen) if (seq <= this.#floor) this.#seen.delete(seq);
  }
}

/** Wider than what a join sends at most (1,000 events), so a repeat is always recognised. */
const seenWindow = 2000;
