/** An answer that is not renewed holds for so long: the API is away, and nobody knows any more. */
const heldMs = 10_000;
/** How far back an answer may have been counted. */
const lookBackMs = 15_000;

interface Moment {
  at: number;
  /** People here of whom the API may not have known. */
  unnamed: number;
  /** People who had come by then, in all. */
  come: number;
}

/**
 * Who watches a room's session without a socket, as the API counts them. Somebody who has just come with a socket may
 * still be among them, until their gateway has told the API: so many are taken off, so that nobody counts twice.
 */
export class OtherViewers {
  #others = 0;
  #countedAt = 0;
  #heldUntil = 0;
  #come = 0;
  /** The oldest first. */
  #moments: Moment[] = [];

  came(people: number): void {
    this.#come += Math.max(0, people);
  }

  /** About four times a second. */
  note(unnamed: number, now: number): void {
    while (this.#moments.length > 1 && this.#moments[1]!.at <= now - lookBackMs) this.#moments.shift();
    const last = this.#moments.at(-1);
    // While nothing changes one moment stands for all: what holds at its end holds at its beginning.
    if (last === undefined || last.unnamed !== unnamed || last.come !== this.#come) {
      this.#moments.push({ at: now, unnamed, come: this.#come });
    }
  }

  /** The API's answer, and when it was counted. */
  heard(others: number, countedAt: number, now: number): void {
    this.#others = others;
    this.#countedAt = countedAt;
    this.#heldUntil = now + heldMs;
  }

  /** Whether another answer may say more than the last. */
  isInDoubt(now: number): boolean {
    return this.#isHeld(now) && this.#others > 0 && this.#doubt() > 0;
  }

  count(now: number): number {
    return this.#isHeld(now) ? Math.max(0, this.#others - this.#doubt()) : 0;
  }

  #isHeld(now: number): boolean {
    return now < this.#heldUntil;
  }

  #doubt(): number {
    const then = this.#moments.findLast(({ at }) => at <= this.#countedAt);
    return (then?.unnamed ?? 0) + this.#come - (then?.come ?? 0);
  }
}
