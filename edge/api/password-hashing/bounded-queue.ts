/** Runs jobs one after another, and refuses new ones when `limit` are waiting or running. */
export class BoundedQueue {
  readonly #limit: number;
  readonly #pause: () => Promise<void>;
  #size = 0;
  #tail: Promise<unknown> = Promise.resolve();

  /** `pause` runs before each job; it lets a single-threaded server take in, and refuse, what has come meanwhile. */
  constructor(limit: number, pause: () => Promise<void> = async () => {}) {
    this.#limit = limit;
    this.#pause = pause;
  }

  get size(): number {
    return this.#size;
  }

  /** The job's outcome, or null when the queue is full. */
  run<T>(job: () => Promise<T>): Promise<T> | null {
    if (this.#size >= this.#limit) return null;
    this.#size++;
    const outcome = this.#tail
      .then(() => this.#pause())
      .then(job)
      .finally(() => this.#size--);
    this.#tail = outcome.catch(() => {});
    return outcome;
  }
}
