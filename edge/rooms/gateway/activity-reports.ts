import { randomBase64Url } from "../../protocol/identifier.ts";
import type { ActivityReport } from "../../protocol/internal-rooms.ts";
import { RollCall } from "./roll-call.ts";
import type { WatchClock } from "./watch-clock.ts";

const everyMs = 5000;
/** While people come and go: until the API knows of them it may count their players besides. */
const urgentMs = 900;
const mostEntries = 5000;
/** People × emoji kept while the API is away. */
const mostWaiting = 50_000;

/** Says to the API, every few seconds, who reacted, who watched and who is here. A report whose answer was lost is said again. */
export class ActivityReports {
  readonly #send: (report: ActivityReport) => Promise<boolean>;
  readonly #watching: WatchClock;
  readonly rollCall = new RollCall();
  readonly #boot = randomBase64Url(8);
  #reactions = new Map<string, { userId: string; emoji: string; count: number }>();
  #number = 0;
  #unheard: ActivityReport | null = null;
  #isSending = false;
  #sentAt = 0;

  constructor(watching: WatchClock, send: (report: ActivityReport) => Promise<boolean>) {
    this.#watching = watching;
    this.#send = send;
  }

  reacted(userId: string, emoji: string): void {
    const key = `${userId} ${emoji}`;
    const known = this.#reactions.get(key);
    if (known !== undefined) known.count++;
    else if (this.#reactions.size < mostWaiting) this.#reactions.set(key, { userId, emoji, count: 1 });
  }

  /** Whether everything was heard, so that nothing is lost by forgetting this. */
  get isIdle(): boolean {
    return this.#unheard === null && this.#reactions.size === 0 && !this.rollCall.hasFarewells;
  }

  /** About once a second. */
  async tick(now: number): Promise<void> {
    const gapMs = this.#unheard === null && this.rollCall.isUrgent ? urgentMs : everyMs;
    if (this.#isSending || now - this.#sentAt < gapMs) return;
    this.#unheard ??= this.#take(now);
    if (this.#unheard === null) return;
    this.#isSending = true;
    this.#sentAt = now;
    if (await this.#send(this.#unheard)) {
      this.rollCall.heard(this.#unheard.watching);
      this.#unheard = null;
    }
    this.#isSending = false;
  }

  #take(now: number): ActivityReport | null {
    const reactions = [...this.#reactions.values()].slice(0, mostEntries);
    for (const { userId, emoji } of reactions) this.#reactions.delete(`${userId} ${emoji}`);
    const watching = this.#takeWatching(now);
    if (reactions.length + watching.length === 0) return null;
    return { id: `${this.#boot}-${this.#number++}`, reactions, watching };
  }

  /** Whoever played, with that; and whoever is due to be named. */
  #takeWatching(now: number): ActivityReport["watching"] {
    const watching = this.#watching.take(mostEntries).map((watched) => {
      this.rollCall.named(watched.viewerId, now);
      return { ...watched, here: this.rollCall.has(watched.viewerId) };
    });
    for (const called of this.rollCall.take(mostEntries - watching.length, now)) {
      watching.push({ ...called, playedSeconds: 0, stalls: 0 });
    }
    return watching;
  }
}
