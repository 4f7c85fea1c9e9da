/** How long a stream whose encoder is gone waits for the next one. */
export class ReconnectWindow {
  readonly #over: () => void;
  #open: { timer: NodeJS.Timeout; openedAtMs: number; seconds: number } | null = null;

  constructor(over: () => void) {
    this.#over = over;
  }

  open(seconds: number, openedAtMs = Date.now()): void {
    this.close();
    const timer = setTimeout(this.#over, Math.max(0, openedAtMs + seconds * 1000 - Date.now()));
    this.#open = { timer, openedAtMs, seconds };
  }

  /** One that is changed while it is open counts from when it was opened. */
  change(seconds: number): void {
    if (this.#open !== null && this.#open.seconds !== seconds) this.open(seconds, this.#open.openedAtMs);
  }

  close(): void {
    if (this.#open !== null) clearTimeout(this.#open.timer);
    this.#open = null;
  }
}
