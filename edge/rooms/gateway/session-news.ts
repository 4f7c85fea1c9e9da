import type { LogEvent, SessionTotal } from "../../protocol/internal-rooms.ts";
import { TotalsBoard, totalKey } from "../totals-board.ts";
import { nobodyTypes, type TypingState, typingFor } from "../typing-people.ts";
import { type HiddenTotal, noSoftNews, type SoftNews } from "./delivery.ts";

/** Questions whose totals someone who comes back is told, those counted last. */
const mostRepeated = 200;

/** What a session says without a seq, as one gateway knows it: totals, typing, reactions and counts. */
export class SessionNews {
  readonly #sessionId: string;
  readonly #board = new TotalsBoard();
  readonly #heardAt = new Map<string, number>();
  #fresh = new Map<string, SessionTotal>();
  #typing: TypingState = nobodyTypes;
  #isTypingFresh = false;
  #texts: string[] = [];

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  /** The room's totals, newer than all before. */
  heardTotals(totals: readonly SessionTotal[], now: number): void {
    for (const total of totals) {
      const key = totalKey(total);
      this.#heardAt.set(key, now);
      if (this.#board.put(total)) this.#fresh.set(key, total);
    }
    if (this.#heardAt.size <= 4000) return;
    for (const key of this.#heardAt.keys()) if (this.#board.get(key) === undefined) this.#heardAt.delete(key);
  }

  /** Events that carry totals are newer than what waits here of them. */
  see(event: Pick<LogEvent, "type" | "data">): void {
    this.#board.see(event);
    for (const key of this.#fresh.keys()) {
      const newest = this.#board.get(key);
      if (newest === undefined) this.#fresh.delete(key);
      else this.#fresh.set(key, newest);
    }
  }

  heardTyping(state: TypingState): void {
    this.#typing = state;
    this.#isTypingFresh = true;
  }

  heardReactions(counts: readonly (readonly [string, number])[]): void {
    if (counts.length > 0) this.say("reaction:burst", { reactions: Object.fromEntries(counts) });
  }

  /** Something for everyone, once. */
  say(type: string, data: unknown): void {
    this.#texts.push(this.#text(type, data));
  }

  /** What has come since the last time. `isTypist` tells who types here. */
  take(isTypist: (userId: string) => boolean): SoftNews {
    if (this.#texts.length + this.#fresh.size === 0 && !this.#isTypingFresh) return noSoftNews;
    const texts = this.#texts;
    const hidden: HiddenTotal[] = [];
    for (const total of this.#fresh.values()) {
      if (total.kind === "poll" && total.hidden) hidden.push(this.#hidden(total));
      else texts.push(this.#totalText(total, true));
    }
    const typing = this.#isTypingFresh ? this.#typingNews(isTypist) : null;
    this.#texts = [];
    this.#fresh = new Map();
    this.#isTypingFresh = false;
    return { texts, hidden, typing };
  }

  /** For someone who has just come: what was counted since `since`, whole where they may see it. */
  totalsFor(mayHearWhole: (pollId: string) => boolean, since: number): string[] {
    return this.#board
      .newest(mostRepeated)
      .filter((total) => (this.#heardAt.get(totalKey(total)) ?? 0) >= since)
      .map((total) => this.#totalText(total, total.kind === "question" || mayHearWhole(total.total.pollId)));
  }

  /** The whole results of a poll that were hidden until now; null when there is nothing to add. */
  uncovered(pollId: string): string | null {
    const total = this.#board.get(pollId);
    return total?.kind === "poll" && total.hidden ? this.#totalText(total, true) : null;
  }

  personal(type: string, data: unknown): string {
    return this.#text(type, data);
  }

  /** What waits is about a room that has begun anew. */
  forget(): void {
    this.#board.clear();
    this.#fresh.clear();
    this.#texts = [];
  }

  #hidden(total: SessionTotal & { kind: "poll" }): HiddenTotal {
    return {
      pollId: total.total.pollId,
      whole: this.#totalText(total, true),
      blank: this.#totalText(total, false),
    };
  }

  #totalText(total: SessionTotal, whole: boolean): string {
    if (total.kind === "question") return this.#text("question:upvote", total.total);
    const isBlank = total.hidden && !whole;
    return this.#text("poll:vote", isBlank ? { ...total.total, options: null } : total.total);
  }

  #typingNews(isTypist: (userId: string) => boolean): SoftNews["typing"] {
    const state = this.#typing;
    return {
      others: this.#text("chat:typing", typingFor(state, null, false)),
      forTypist: (userId) =>
        isTypist(userId) ? this.#text("chat:typing", typingFor(state, userId, true)) : null,
    };
  }

  #text(type: string, data: unknown): string {
    return JSON.stringify({ type, sessionId: this.#sessionId, data });
  }
}
