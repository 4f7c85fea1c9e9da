import type { BeatClaims } from "../../auth/beat-token.ts";
import type { PlaybackBeat } from "../../protocol/streams.ts";
import { RecentPlays } from "./recent-plays.ts";
import { joinMinutes, type ToldMinute, toldMinute } from "./told-minute.ts";
import type { ViewingDevice } from "./viewing-device.ts";

export interface HeardBeat {
  claims: BeatClaims;
  beat: PlaybackBeat;
  /** When it came, by this server's clock. */
  at: Date;
  /** For how long at least a play keeps its place among its viewer's after a beat. */
  freshSeconds: number;
  /** Asked when the play is new here. */
  device: () => ViewingDevice;
}

/** `refused`: the database did not take this viewer's beats for this stream a short while ago. */
export type BeatOutcome = "taken" | "refused" | "too-many-plays";

const refusalMs = 60_000;
const mostRefusals = 100_000;

/**
 * What beats came to and is not written yet: of each play and minute one entry, however many beats came. An entry
 * stays until it was written as it stands, so that a write that fails or is cut off loses nothing.
 */
export class BeatBook {
  readonly #waiting = new Map<string, ToldMinute>();
  readonly #refused = new Map<string, number>();
  readonly #plays = new RecentPlays();
  readonly #mostWaiting: number;
  readonly #onLost: () => void;

  /**
   * `mostWaiting`: with the default, five minutes of 20,000 viewers in some 85 MB. Beyond, the oldest minutes are given
   * up, and `onLost` is told of each: counters grow over the whole play, so that a newer minute still says how much it
   * was in all.
   */
  constructor(onLost: () => void, mostWaiting = 100_000) {
    this.#onLost = onLost;
    this.#mostWaiting = mostWaiting;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  take({ claims, beat, at, freshSeconds, device }: HeardBeat): BeatOutcome {
    const now = at.getTime();
    if ((this.#refused.get(tokenKey(claims)) ?? 0) > now) return "refused";
    const viewer = `${claims.streamId} ${claims.viewerId}`;
    const opened = { now, freshMs: freshSeconds * 1000, device };
    const known = this.#plays.hear(viewer, beat.playId, opened);
    if (known === null) return "too-many-plays";
    const told = toldMinute(claims, beat, known, now);
    const key = `${viewer} ${told.playId} ${told.minute}`;
    const before = this.#waiting.get(key);
    this.#waiting.set(key, before ? joinMinutes(before, told) : told);
    if (this.#waiting.size > this.#mostWaiting) this.#giveUpOldest();
    return "taken";
  }

  /** What has waited longest, at most so many. It stays here until `settle`. */
  oldest(count: number): ToldMinute[] {
    const found: ToldMinute[] = [];
    for (const told of this.#waiting.values()) {
      if (found.length >= count) break;
      found.push(told);
    }
    return found;
  }

  /** Forgets what was written; what grew meanwhile stays. For a minute, no more is taken by the tokens of `passedOver`. */
  settle(written: readonly ToldMinute[], passedOver: readonly BeatClaims[], at: Date): void {
    for (const told of written) {
      const key = `${told.streamId} ${told.viewerId} ${told.playId} ${told.minute}`;
      if (this.#waiting.get(key) === told) this.#waiting.delete(key);
    }
    for (const claims of passedOver) {
      const key = tokenKey(claims);
      // At the end again, since the first are the first to be forgotten.
      this.#refused.delete(key);
      this.#refused.set(key, at.getTime() + refusalMs);
    }
    for (const [key, until] of this.#refused) {
      if (this.#refused.size <= mostRefusals && until > at.getTime()) break;
      this.#refused.delete(key);
    }
  }

  #giveUpOldest(): void {
    for (const key of this.#waiting.keys()) {
      this.#waiting.delete(key);
      this.#onLost();
      return;
    }
  }
}

function tokenKey({ streamId, viewerId, generation }: BeatClaims): string {
  return `${streamId} ${viewerId} ${generation}`;
}
