import type { PlayerState } from "./stage-view.ts";

export interface WatchReport {
  playing: boolean;
  latencySeconds?: number;
  /** Since the last report. */
  stalls?: number;
}

const everyMs = 15_000;

/** How watching goes, as the rooms want to hear it: on each change, and every 15 s while it plays. */
export class WatchReports {
  #said: boolean | null = null;
  #saidAt = Number.NEGATIVE_INFINITY;
  #stalls = 0;
  #state: PlayerState = "empty";

  /** What is to be said now, or null. Call at each change and about once a second; `now` in milliseconds. */
  next(state: PlayerState, latencySeconds: number | null, now: number): WatchReport | null {
    if (state === "stalled" && this.#state === "playing") this.#stalls += 1;
    this.#state = state;
    const playing = state === "playing";
    // Before anything has played there is nothing to say.
    const isChange = playing !== (this.#said ?? false);
    if (!isChange && !(playing && now - this.#saidAt >= everyMs)) return null;
    this.#said = playing;
    this.#saidAt = now;
    const stalls = this.#stalls;
    this.#stalls = 0;
    return {
      playing,
      ...(latencySeconds === null ? {} : { latencySeconds: Math.max(0, Math.min(86_400, latencySeconds)) }),
      ...(stalls === 0 ? {} : { stalls: Math.min(1000, stalls) }),
    };
  }

  /** On another connection all is said anew. */
  again(): void {
    this.#said = null;
  }
}
