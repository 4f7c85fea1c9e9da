import { MemoryCounts } from "../accounts/attempt-limiter.ts";
import type { BeatMetrics } from "../metrics/beat-metrics.ts";
import { BeatBook } from "./beat-book.ts";
import { BeatTokens } from "./beat-tokens.ts";
import { BeatWriter } from "./beat-writer.ts";

/** What a process keeps of beats between requests: plain data, never a socket, so that all its requests may share it. */
export interface BeatIntake {
  readonly tokens: BeatTokens;
  /** Beats by address, of this process alone: a turn to Redis for each would cost more than the beat. */
  readonly addresses: MemoryCounts;
  readonly book: BeatBook;
  readonly writer: Pick<BeatWriter, "goOn" | "isResting">;
}

export function createBeatIntake(metrics: BeatMetrics): BeatIntake {
  const book = new BeatBook(metrics.lost);
  metrics.watch(book);
  return {
    tokens: new BeatTokens(),
    addresses: new MemoryCounts(50_000),
    book,
    writer: new BeatWriter(book),
  };
}
