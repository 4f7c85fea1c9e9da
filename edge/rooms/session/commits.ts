import type { CommitCommand, CommitResponse, CommitResult } from "../../protocol/internal-rooms.ts";
import { backoffMs } from "../backoff.ts";
import type { Answer, EdgeApi } from "../edge-api.ts";
import { roomsLog } from "../internal-guard.ts";
import { unavailable } from "../problem-response.ts";
import { CommitQueue } from "./commit-queue.ts";

const gatherMs = 5;
/** Below the gateways' own patience with a command, so that the reason comes from here. */
const commitPatienceMs = 8000;

export interface Settled<Waiter> {
  readonly waiter: Waiter;
  readonly result: CommitResult;
}

export interface CommitsSettings<Waiter> {
  readonly sessionId: string;
  readonly api: EdgeApi;
  /** The API has answered. */
  committed(answer: CommitResponse, settled: Settled<Waiter>[]): Promise<void>;
  /** Nothing is known of it: it may have been committed all the same. */
  failed(settled: Settled<Waiter>[]): void;
}

/** Gathers commands for a few milliseconds into one commit at a time. */
export class Commits<Waiter> {
  readonly #settings: CommitsSettings<Waiter>;
  readonly #queue = new CommitQueue<Waiter>({ batch: 1000, waiting: 5000 });
  #gathering: ReturnType<typeof setTimeout> | null = null;
  #begun = 0;

  constructor(settings: CommitsSettings<Waiter>) {
    this.#settings = settings;
  }

  /** How many were begun so far; null while one is under way. */
  get count(): number | null {
    return this.#queue.isCommitting ? null : this.#begun;
  }

  /** Null when it waits for its commit, otherwise why not. */
  add(command: CommitCommand, waiter: Waiter): CommitResult | null {
    if (!this.#queue.add(command, waiter)) {
      return { ok: false, problem: unavailable("Too many commands are waiting") };
    }
    this.#schedule();
    return null;
  }

  #schedule(): void {
    if (this.#queue.isCommitting) return;
    if (this.#queue.isFull) {
      void this.#commit();
      return;
    }
    this.#gathering ??= setTimeout(() => void this.#commit(), gatherMs);
  }

  async #commit(): Promise<void> {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    if (this.#queue.isCommitting || this.#queue.isEmpty) return;
    const batch = this.#queue.take();
    this.#begun++;
    const answer = await this.#commitWithPatience(batch);
    if (answer.ok) {
      const { results } = answer.value;
      const lost: CommitResult = { ok: false, problem: unavailable() };
      await this.#settings.committed(
        answer.value,
        this.#queue.settle((index) => results[index] ?? lost),
      );
    } else {
      this.#settings.failed(this.#queue.settle(() => ({ ok: false, problem: answer.problem })));
    }
    this.#schedule();
  }

  /** Refs make it harmless to commit again what may have been committed. */
  async #commitWithPatience(batch: CommitCommand[]): Promise<Answer<CommitResponse>> {
    const { api, sessionId } = this.#settings;
    const until = Date.now() + commitPatienceMs;
    for (let attempt = 0; ; attempt++) {
      const answer = await api.commit(sessionId, batch);
      const pause = backoffMs(attempt, 100, 2000);
      if (answer.ok || !answer.again || Date.now() + pause > until) {
        if (!answer.ok) roomsLog.warn("commit-failed", { sessionId, commands: batch.length });
        return answer;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
