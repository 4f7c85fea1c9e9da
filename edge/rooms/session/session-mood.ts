import type { LogEvent, SessionTotal } from "../../protocol/internal-rooms.ts";
import type { FromSession } from "../link-messages.ts";
import { Pace } from "../pace.ts";
import { ReactionTally } from "../reaction-tally.ts";
import { TotalsBoard, totalKey } from "../totals-board.ts";
import { mergeTyping, type TypingState } from "../typing-people.ts";

/** Different emoji that are said of one second. */
const mostEmoji = 20;
/** Totals for a gateway that has just come; older ones are in every snapshot. */
const mostForNewcomers = 200;

/** What a session room gathers that has no seq: totals, who types, reactions. Each is said so often at most. */
export class SessionMood<G> {
  readonly #board = new TotalsBoard();
  #fresh = new Map<string, SessionTotal>();
  readonly #typing = new Map<G, TypingState>();
  #typingSaid = "";
  readonly #reactions = new ReactionTally();
  readonly #totalsPace = new Pace({ gatherMs: 0, gapMs: 250 });
  readonly #typingPace = new Pace({ gatherMs: 0, gapMs: 1000 });
  readonly #reactionsPace = new Pace({ gatherMs: 500, gapMs: 1000 });

  counted(totals: readonly SessionTotal[], now: number): void {
    for (const total of totals) {
      if (!this.#board.put(total)) continue;
      this.#fresh.set(totalKey(total), total);
      this.#totalsPace.changed(now);
    }
  }

  /** An event that tells a total is newer than what waits here. */
  see(events: readonly LogEvent[]): void {
    for (const event of events) this.#board.see(event);
    for (const key of this.#fresh.keys()) {
      const newest = this.#board.get(key);
      if (newest === undefined) this.#fresh.delete(key);
      else this.#fresh.set(key, newest);
    }
  }

  typing(gateway: G, state: TypingState, now: number): void {
    if (state.count > 0) this.#typing.set(gateway, state);
    else this.#typing.delete(gateway);
    this.#typingPace.changed(now);
  }

  reacted(counts: readonly (readonly [string, number])[], now: number): void {
    for (const [emoji, count] of counts) this.#reactions.add(emoji, count);
    this.#reactionsPace.changed(now);
  }

  gone(gateway: G, now: number): void {
    if (this.#typing.delete(gateway)) this.#typingPace.changed(now);
  }

  get hasTotals(): boolean {
    return !this.#board.isEmpty;
  }

  forNewcomer(): SessionTotal[] {
    return this.#board.newest(mostForNewcomers);
  }

  /** Nothing that was counted is true any more. */
  begunAnew(): void {
    this.#board.clear();
    this.#fresh.clear();
  }

  /** What it is time to say to every gateway. */
  due(now: number): FromSession[] {
    const said: FromSession[] = [];
    if (this.#fresh.size > 0 && this.#totalsPace.take(now)) {
      said.push({ kind: "totals", totals: [...this.#fresh.values()] });
      this.#fresh = new Map();
    }
    if (this.#typingPace.take(now)) {
      const typing = mergeTyping(this.#typing.values());
      const text = JSON.stringify(typing);
      if (text !== this.#typingSaid) said.push({ kind: "typing", ...typing });
      this.#typingSaid = text;
    }
    if (!this.#reactions.isEmpty && this.#reactionsPace.take(now)) {
      said.push({ kind: "reactions", counts: this.#reactions.take(mostEmoji) });
    }
    return said;
  }
}
