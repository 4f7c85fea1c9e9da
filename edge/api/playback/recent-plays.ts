import type { ViewingDevice } from "./viewing-device.ts";

/** More than anyone has tabs and devices, or reloads, in a minute or two: each is a row, and open a row a minute. */
export const mostRecentPlays = 20;

type PlaysOfViewer = Map<string, ViewingDevice>;

/**
 * Which plays each viewer has on each stream, as this process heard lately, and on what device. One that ended keeps its
 * place as long as one that fell silent: else plays that end with their first beat would be rows without end.
 */
export class RecentPlays {
  #young = new Map<string, PlaysOfViewer>();
  #old = new Map<string, PlaysOfViewer>();
  #turnedAt = Number.NEGATIVE_INFINITY;

  /**
   * The device of a play, which is asked for only where the play is new; null when its viewer has too many already.
   * What was not heard for `freshMs` is forgotten, at the latest after twice that.
   */
  hear(
    viewer: string,
    playId: string,
    { now, freshMs, device }: { now: number; freshMs: number; device: () => ViewingDevice },
  ): ViewingDevice | null {
    if (now - this.#turnedAt >= freshMs) this.#turn(now, freshMs);
    const young = this.#young.get(viewer);
    const known = young?.get(playId) ?? this.#old.get(viewer)?.get(playId);
    if (known === undefined && this.#count(viewer) >= mostRecentPlays) return null;
    const found = known ?? device();
    if (young) young.set(playId, found);
    else this.#young.set(viewer, new Map([[playId, found]]));
    return found;
  }

  #count(viewer: string): number {
    const young = this.#young.get(viewer);
    const old = this.#old.get(viewer);
    if (!young || !old) return (young ?? old)?.size ?? 0;
    return new Set([...young.keys(), ...old.keys()]).size;
  }

  /** Two maps that take turns forget without ever looking through what they hold. */
  #turn(now: number, freshMs: number): void {
    this.#old = now - this.#turnedAt < 2 * freshMs ? this.#young : new Map();
    this.#young = new Map();
    this.#turnedAt = now;
  }
}
