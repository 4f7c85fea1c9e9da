/** Who is in a session by one gateway's sockets, and whom the API has heard of: everyone is named over and over. */
export interface Called {
  viewerId: string;
  userId: string | null;
  /** False when they have left. */
  here: boolean;
}

interface Present {
  userId: string | null;
  toldAt: number;
  isHeard: boolean;
}

/** Everyone is named again in about this time. */
const roundMs = 25_000;
/** A sign that the API has holds for 75 s; whose is older than this may not be known there any more. */
const heldMs = 45_000;
/** Few are named all at once; many in a spread, which begins sooner so that it ends in time. */
const few = 50;
const fewRestMs = 20_000;
const manyRestMs = 10_000;
/** The room hears of who left before the API does, so that nobody is counted here and by a player at once. */
const leftRestMs = 1000;
/** The sign of who left longer ago has lapsed by itself. */
const leftForgottenMs = 60_000;

export class RollCall {
  readonly #new = new Map<string, string | null>();
  /** Those who were named the longest ago first. */
  readonly #told = new Map<string, Present>();
  readonly #left = new Map<string, { userId: string | null; at: number }>();
  #unheard = 0;
  #takenAt = 0;

  came({ viewerId, userId }: { viewerId: string; userId: string | null }): void {
    this.#left.delete(viewerId);
    this.#new.set(viewerId, userId);
  }

  left({ viewerId, userId }: { viewerId: string; userId: string | null }, now: number): void {
    const person = this.#told.get(viewerId);
    if (person?.isHeard === false) this.#unheard--;
    this.#told.delete(viewerId);
    this.#new.delete(viewerId);
    this.#left.set(viewerId, { userId, at: now });
  }

  has(viewerId: string): boolean {
    return this.#told.has(viewerId) || this.#new.has(viewerId);
  }

  /** How many are here of whom the API may not know. */
  get unnamed(): number {
    return this.#new.size + this.#unheard;
  }

  /** Somebody came or left, and it has not been said. */
  get isUrgent(): boolean {
    return this.#new.size + this.#left.size > 0;
  }

  get hasFarewells(): boolean {
    return this.#left.size > 0;
  }

  /** Who is to be named now, at most so many: who came and who left, then some of the others in turn. */
  take(most: number, now: number): Called[] {
    this.#doubtOld(now);
    const called: Called[] = [];
    for (const [viewerId, { userId, at }] of this.#left) {
      if (now - at < leftRestMs || called.length >= most) break;
      this.#left.delete(viewerId);
      if (now - at < leftForgottenMs) called.push({ viewerId, userId, here: false });
    }
    for (const [viewerId, userId] of this.#new) {
      if (called.length >= most) break;
      called.push({ viewerId, userId, here: true });
      this.named(viewerId, now);
    }
    const present = this.#told.size + this.#new.size;
    const isFew = present <= few;
    const turn = isFew ? few : Math.ceil((present * (now - this.#takenAt)) / roundMs);
    const restMs = isFew ? fewRestMs : manyRestMs;
    const until = called.length + Math.min(turn, most - called.length);
    for (const [viewerId, { userId, toldAt }] of this.#told) {
      if (called.length >= until || now - toldAt < restMs) break;
      called.push({ viewerId, userId, here: true });
      this.named(viewerId, now);
    }
    this.#takenAt = now;
    return called;
  }

  /** They are named in the report of now, for whatever reason. */
  named(viewerId: string, now: number): void {
    const known = this.#told.get(viewerId);
    const userId = known === undefined ? this.#new.get(viewerId) : known.userId;
    if (userId === undefined) return;
    if (known === undefined) this.#unheard++;
    this.#new.delete(viewerId);
    this.#told.delete(viewerId);
    this.#told.set(viewerId, { userId, toldAt: now, isHeard: known?.isHeard ?? false });
  }

  /** The API has taken a report. */
  heard(named: Iterable<Pick<Called, "viewerId" | "here">>): void {
    for (const { viewerId, here } of named) {
      const person = this.#told.get(viewerId);
      if (!here || person === undefined || person.isHeard) continue;
      person.isHeard = true;
      this.#unheard--;
    }
  }

  /** The API was away for so long that it may have forgotten everyone. */
  #doubtOld(now: number): void {
    const [oldest] = this.#told.values();
    if (oldest === undefined || now - oldest.toldAt < heldMs) return;
    for (const [viewerId, { userId }] of this.#told) this.#new.set(viewerId, userId);
    this.#told.clear();
    this.#unheard = 0;
  }
}
