import type { CommitCommand, CommitResult } from "../../protocol/internal-rooms.ts";

interface Entry<W> {
  command: CommitCommand;
  waiters: W[];
}

/**
 * Commands on their way into the log: those that wait, and the one batch that is being committed. A ref that comes
 * again while it is here joins the first, so a batch never holds it twice.
 */
export class CommitQueue<W> {
  #waiting = new Map<string, Entry<W>>();
  #inFlight = new Map<string, Entry<W>>();
  readonly #limits: { batch: number; waiting: number };

  constructor(limits: { batch: number; waiting: number }) {
    this.#limits = limits;
  }

  /** False when too many wait already. */
  add(command: CommitCommand, waiter: W): boolean {
    const key = `${command.userId} ${command.ref}`;
    const known = this.#inFlight.get(key) ?? this.#waiting.get(key);
    if (known) {
      known.waiters.push(waiter);
      return true;
    }
    if (this.#waiting.size >= this.#limits.waiting) return false;
    this.#waiting.set(key, { command, waiters: [waiter] });
    return true;
  }

  get isFull(): boolean {
    return this.#waiting.size >= this.#limits.batch;
  }

  get isCommitting(): boolean {
    return this.#inFlight.size > 0;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** The next batch, in the order of arrival. Only when none is under way. */
  take(): CommitCommand[] {
    if (this.isCommitting) throw new Error("a batch is under way");
    for (const [key, entry] of this.#waiting) {
      if (this.#inFlight.size >= this.#limits.batch) break;
      this.#inFlight.set(key, entry);
      this.#waiting.delete(key);
    }
    return [...this.#inFlight.values()].map((entry) => entry.command);
  }

  /** Results in the order of the batch; each goes to everyone who waits for it. */
  settle(resultOf: (index: number) => CommitResult): { waiter: W; result: CommitResult }[] {
    const answers = [...this.#inFlight.values()].flatMap((entry, index) =>
      entry.waiters.map((waiter) => ({ waiter, result: resultOf(index) })),
    );
    this.#inFlight = new Map();
    return answers;
  }
}
