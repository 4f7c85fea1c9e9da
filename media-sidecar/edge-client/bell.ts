import { pause } from "./repeat.ts";

/** Wakes who waits with it; a ring that nobody hears is kept for the next who waits. */
export class Bell {
  #rung = new AbortController();

  ring(): void {
    this.#rung.abort();
  }

  /** Resolves after so many seconds, when it rings, or when `cancel` fires. */
  async wait(seconds: number, cancel: AbortSignal): Promise<void> {
    await pause(seconds, AbortSignal.any([this.#rung.signal, cancel]));
    if (this.#rung.signal.aborted) this.#rung = new AbortController();
  }
}
