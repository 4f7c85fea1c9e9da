import type { StreamStatus } from "../../protocol/streams.ts";

/** What the page knows of the stream's state, from wherever it heard it last. */
export interface KnownStatus {
  status: StreamStatus;
  startedAt: string | null;
}

/**
 * Puts together what the socket pushes and what polling answers. A poll that was asked before a push and answered
 * after it is older than the push, so it does not count.
 */
export class StreamStatusKeeper {
  #known: KnownStatus;
  #pushes = 0;

  constructor(first: KnownStatus) {
    this.#known = first;
  }

  get known(): KnownStatus {
    return this.#known;
  }

  /** True when something changed. */
  pushed(next: KnownStatus): boolean {
    this.#pushes += 1;
    return this.#take(next);
  }

  /** Call when asking; the returned function takes the answer and says whether something changed. */
  polling(): (answer: KnownStatus) => boolean {
    const pushesBefore = this.#pushes;
    return (answer) => (this.#pushes === pushesBefore ? this.#take(answer) : false);
  }

  #take(next: KnownStatus): boolean {
    const changed = next.status !== this.#known.status || next.startedAt !== this.#known.startedAt;
    this.#known = { status: next.status, startedAt: next.startedAt };
    return changed;
  }
}

/** What the player does about a change. */
export type PlayerOrder = "start" | "stop" | "drain" | "keep";

/**
 * Live from nothing, or a new broadcast: load the master. Live from reconnecting: the same playlist goes on, unless
 * nothing was loaded. Ended: what is buffered may still be watched to its end.
 */
export function orderFor(previous: KnownStatus | null, next: KnownStatus, isLoaded: boolean): PlayerOrder {
  switch (next.status) {
    case "live": {
      const isNewBroadcast = previous !== null && previous.startedAt !== next.startedAt;
      const wasOver = previous?.status === "ended" || previous?.status === "idle";
      return !isLoaded || wasOver || (isNewBroadcast && previous?.status !== "reconnecting")
        ? "start"
        : "keep";
    }
    case "reconnecting":
      // Someone who comes now gets the playlist that is being held open, and sees it go on.
      return isLoaded ? "keep" : "start";
    case "starting":
      return isLoaded && previous?.status !== "starting" && previous?.status !== "ended" ? "keep" : "stop";
    case "ended":
      return isLoaded ? "drain" : "stop";
    case "idle":
      return "stop";
  }
}
