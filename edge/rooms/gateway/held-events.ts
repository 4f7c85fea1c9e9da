import type { LogEvent } from "../../protocol/internal-rooms.ts";
import { realtimeLimits } from "../../protocol/realtime.ts";
import { EventRing } from "../event-ring.ts";
import { type Deliverable, deliverable } from "./delivery.ts";

/** Asks the room for all that follows a seq; null when it cannot be had. */
export type ReadBack = (after: number) => Promise<LogEvent[] | null>;

/** The newest events of a session as one gateway holds them, and those it asks back for whoever comes late. */
export class HeldEvents {
  readonly #sessionId: string;
  readonly #readBack: ReadBack;
  /** Null until the room has said where its log is. */
  #ring: EventRing<Deliverable> | null = null;
  /** Since the last flush. */
  #fresh: Deliverable[] = [];
  #replay: { after: number; done: Promise<boolean> } | null = null;

  constructor(sessionId: string, readBack: ReadBack) {
    this.#sessionId = sessionId;
    this.#readBack = readBack;
  }

  get head(): number | null {
    return this.#ring?.head ?? null;
  }

  /** Everything after `after`, in order; null when some of it is not held. */
  since(after: number): readonly Deliverable[] | null {
    return this.#ring?.since(after) ?? null;
  }

  /** From here on, with nothing before it. */
  beginAnew(head: number): void {
    this.#ring = new EventRing(head, realtimeLimits.resumeEvents);
    this.#fresh = [];
  }

  /** `grew`: there is something to flush. `gap`: some are missing, and those behind them were not taken. */
  append(events: readonly LogEvent[]): { grew: boolean; gap: boolean } {
    if (this.#ring === null) return { grew: false, gap: false };
    const { taken, gap } = this.#ring.append(events.map((event) => deliverable(this.#sessionId, event)));
    this.#fresh.push(...taken);
    return { grew: taken.length > 0, gap };
  }

  takeFresh(): Deliverable[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** Whether everything after `point` is held here, after asking the room for it where it is not. */
  async reaches(point: number): Promise<boolean> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const ring = this.#ring;
      if (ring === null || ring.head - point > realtimeLimits.resumeEvents) return false;
      if (point <= ring.head && ring.since(point) !== null) return true;
      if (attempt > 0 || !(await this.#askBack(point))) return false;
    }
    return false;
  }

  /** After a restart thousands come back at once with much the same point: one question serves those behind it. */
  #askBack(after: number): Promise<boolean> {
    if (this.#replay !== null && this.#replay.after <= after) return this.#replay.done;
    const done = this.#readBack(after).then((events) => {
      if (this.#replay?.done === done) this.#replay = null;
      if (events === null) return false;
      this.#ring?.prepend(events.map((event) => deliverable(this.#sessionId, event)));
      return true;
    });
    this.#replay = { after, done };
    return done;
  }
}
