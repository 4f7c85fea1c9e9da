import type { SessionCommand } from "../../protocol/session-commands.ts";

export interface PendingCommand<S> {
  readonly id: number;
  readonly socket: S;
  readonly userId: string;
  readonly ref: string;
  readonly command: SessionCommand;
  readonly sentAt: number;
}

/** Commands that were handed to a session room and are not answered yet. */
export class PendingCommands<S> {
  readonly #pending = new Map<number, PendingCommand<S>>();
  readonly #limit: number;
  readonly #patienceMs: number;
  #nextId = 1;

  constructor(rules: { limit: number; patienceMs: number }) {
    this.#limit = rules.limit;
    this.#patienceMs = rules.patienceMs;
  }

  /** Null when too many are pending. */
  add(command: Omit<PendingCommand<S>, "id">): PendingCommand<S> | null {
    if (this.#pending.size >= this.#limit) return null;
    const pending = { ...command, id: this.#nextId++ };
    this.#pending.set(pending.id, pending);
    return pending;
  }

  /** The command that this result answers, once. */
  settle(id: number): PendingCommand<S> | null {
    const pending = this.#pending.get(id) ?? null;
    this.#pending.delete(id);
    return pending;
  }

  /** All of them, in order: what a new connection must be told again. The refs make that harmless. */
  all(): PendingCommand<S>[] {
    return [...this.#pending.values()];
  }

  /** Those that have waited too long; they are answered with a problem and not sent again. */
  takeOverdue(now: number): PendingCommand<S>[] {
    const overdue = this.all().filter((pending) => now - pending.sentAt >= this.#patienceMs);
    for (const { id } of overdue) this.#pending.delete(id);
    return overdue;
  }

  /** Nobody waits for these any more. */
  forget(socket: S): void {
    for (const [id, pending] of this.#pending) if (pending.socket === socket) this.#pending.delete(id);
  }
}
