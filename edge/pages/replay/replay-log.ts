import type { ReplayItem } from "../../protocol/engagement.ts";

/** Reads what was said between two instants, in order. */
export type LoadReplay = (from: number, to: number) => Promise<ReplayItem[]>;

const lookBackMs = 120_000;
/** When little was said, from further back. */
const longLookBackMs = 30 * 60_000;
const enough = 20;
const lookAheadMs = 60_000;
/** As near as this to the end of what is read, more is read. */
const soonMs = 20_000;
/** A jump that leaves out more than this is another place, of which what lies between is not read. */
const jumpMs = 5 * 60_000;

/** What to read next for an instant, given what was read; null when nothing is. */
export function nextSpan(
  read: { from: number; to: number } | null,
  at: number,
): { from: number; to: number; isElsewhere: boolean } | null {
  if (read === null || at < read.from || at > read.to + jumpMs)
    return { from: at - lookBackMs, to: at + lookAheadMs, isElsewhere: true };
  if (read.to - at > soonMs) return null;
  return { from: read.to, to: Math.max(at, read.to) + lookAheadMs, isElsewhere: false };
}

/** What was said around where somebody watches, read in pieces as the picture goes on. */
export class ReplayLog {
  #load: LoadReplay;
  #read: { from: number; to: number } | null = null;
  #items: ReplayItem[] = [];
  #loading = false;

  constructor(load: LoadReplay) {
    this.#load = load;
  }

  /** What had been said by then, as far as it is read, oldest first. */
  upTo(at: number): ReplayItem[] {
    const end = this.#items.findIndex((item) => Date.parse(item.at) > at);
    return end === -1 ? this.#items : this.#items.slice(0, end);
  }

  /** Reads what is needed for an instant. True when something new is there to be shown. Throws what loading throws. */
  async want(at: number): Promise<boolean> {
    const span = this.#loading ? null : nextSpan(this.#read, at);
    if (span === null) return false;
    this.#loading = true;
    try {
      let items = await this.#load(span.from, span.to);
      let from = span.from;
      if (span.isElsewhere && items.length < enough) {
        from = at - longLookBackMs;
        items = [...(await this.#load(from, span.from)), ...items];
      }
      this.#items = span.isElsewhere ? items : [...this.#items, ...items];
      this.#read = { from: span.isElsewhere ? from : (this.#read?.from ?? from), to: span.to };
      return true;
    } finally {
      this.#loading = false;
    }
  }
}
