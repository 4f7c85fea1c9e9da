import { loggableCause } from "../../db/constraint-errors.ts";
import { describeError } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { BeatBook } from "./beat-book.ts";
import { writeBeats } from "./write-beats.ts";

type WriterDependencies = Pick<ApiDependencies, "db" | "clock" | "log" | "metrics" | "waitUntil">;

/** Between the beginnings of two writes, and at most while the database is away. */
const paceMs = 1000;
const longestPauseMs = 5000;
const mostRowsAtOnce = 2000;
/**
 * The request that began to write keeps on while there is something to write. After a while the next one takes over:
 * a host that grants each request little time after its answer would cut the work off. One that was cut off is missed
 * after longer than any statement may take.
 */
const handOverMs = 10_000;
const missedMs = 45_000;

interface Turn {
  begunAt: number;
  writingSince: number | null;
}

/** Writes what a book holds, at most once a second, by the hands of the requests that come. */
export class BeatWriter {
  readonly #book: BeatBook;
  #turn: Turn | null = null;
  #wroteAt = Number.NEGATIVE_INFINITY;

  constructor(book: BeatBook) {
    this.#book = book;
  }

  /** Whether something waits and nobody is at it. */
  isResting(now: Date): boolean {
    return this.#book.waiting > 0 && (this.#turn === null || isOver(this.#turn, now.getTime()));
  }

  /** Call it when something was put into the book. Nothing waits for the write, which goes on after the answer. */
  goOn(deps: WriterDependencies): void {
    const now = deps.clock().getTime();
    if (this.#turn && !isOver(this.#turn, now)) return;
    const turn = { begunAt: now, writingSince: null };
    this.#turn = turn;
    deps.waitUntil(this.#work(turn, deps));
  }

  async #work(turn: Turn, deps: WriterDependencies): Promise<void> {
    let failures = 0;
    while (this.#book.waiting > 0) {
      await this.#pause(Math.min(paceMs * 2 ** failures, longestPauseMs), deps);
      if (this.#turn !== turn) return;
      turn.writingSince = deps.clock().getTime();
      this.#wroteAt = turn.writingSince;
      failures = (await this.#write(deps)) ? 0 : failures + 1;
      turn.writingSince = null;
      if (this.#turn !== turn) return;
    }
    this.#turn = null;
  }

  #pause(ms: number, { clock }: WriterDependencies): Promise<void> | null {
    const rest = ms - (clock().getTime() - this.#wroteAt);
    // Never longer than the pause itself, should the clock have been put back.
    return rest <= 0 ? null : new Promise((resolve) => setTimeout(resolve, Math.min(rest, ms)));
  }

  /** All that waits now, in pieces. False when the database did not take it, and it waits on. */
  async #write({ db, clock, log, metrics }: WriterDependencies): Promise<boolean> {
    const startedAt = performance.now();
    let left = this.#book.waiting;
    try {
      while (left > 0) {
        const piece = this.#book.oldest(Math.min(left, mostRowsAtOnce));
        if (piece.length === 0) break;
        left -= piece.length;
        const passedOver = await writeBeats(db, piece, clock());
        this.#book.settle(piece, passedOver, clock());
        metrics.beats.written(piece.length - passedOver.length, passedOver.length);
      }
      metrics.beats.batchEnded((performance.now() - startedAt) / 1000, true);
      return true;
    } catch (error) {
      metrics.beats.batchEnded((performance.now() - startedAt) / 1000, false);
      log.warn("beats-wait", { waiting: this.#book.waiting, error: describeError(loggableCause(error)) });
      return false;
    }
  }
}

function isOver({ begunAt, writingSince }: Turn, now: number): boolean {
  return writingSince === null ? now - begunAt > handOverMs : now - writingSince > missedMs;
}
