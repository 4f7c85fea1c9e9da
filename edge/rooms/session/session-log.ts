import type { CommitResponse, LogEvent } from "../../protocol/internal-rooms.ts";
import { realtimeLimits } from "../../protocol/realtime.ts";
import type { EdgeApi } from "../edge-api.ts";
import { EventRing } from "../event-ring.ts";

const pageLimit = 500;

/** How the API reads logs; a part of EdgeApi, so that tests need no network. */
export type LogReader = Pick<EdgeApi, "readLog">;

export interface SessionLogListener {
  /** New events, in order, each exactly once. */
  grown(events: LogEvent[]): void;
  /** The log in PostgreSQL is shorter than what was seen (a database was restored): nothing held is true any more. */
  begunAnew(): void;
}

/** What the session room knows of its log, kept up with PostgreSQL whoever writes there. */
export class SessionLog {
  readonly #sessionId: string;
  readonly #reader: LogReader;
  readonly #listener: SessionLogListener;
  #ring: EventRing<LogEvent> | null = null;
  #catchingUp: Promise<boolean> | null = null;

  constructor(sessionId: string, reader: LogReader, listener: SessionLogListener) {
    this.#sessionId = sessionId;
    this.#reader = reader;
    this.#listener = listener;
  }

  /** Null until the log was read for the first time. */
  get head(): number | null {
    return this.#ring?.head ?? null;
  }

  /** Reads what is new in PostgreSQL; one read at a time. False when it could not be read. */
  catchUp(): Promise<boolean> {
    this.#catchingUp ??= this.#read().finally(() => {
      this.#catchingUp = null;
    });
    return this.#catchingUp;
  }

  async #read(): Promise<boolean> {
    for (;;) {
      const ring = this.#ring;
      const before = ring?.head ?? 0;
      const page = await this.#reader.readLog(this.#sessionId, before, ring === null ? 1 : pageLimit);
      if (!page.ok) return false;
      if (ring === null) {
        this.#ring = new EventRing(page.value.head, realtimeLimits.resumeEvents);
        return true;
      }
      // Compared with the head before the read: a commit may have gone on meanwhile.
      if (page.value.head < before) {
        this.#ring = null;
        this.#listener.begunAnew();
        return false;
      }
      this.#grow(ring, page.value.events);
      if (ring.head >= page.value.head || page.value.events.length === 0) return true;
    }
  }

  /** Takes what a commit answered. What others wrote before it is read first, so that order and fullness hold. */
  async committed({ firstSeq, events }: CommitResponse): Promise<void> {
    const ring = this.#ring;
    if (ring === null || firstSeq > ring.head + 1) {
      // A read under way may have begun before this commit.
      await this.#catchingUp;
      await this.catchUp();
      if (this.#ring === null || this.#ring !== ring) return;
    }
    this.#grow(this.#ring!, events);
  }

  #grow(ring: EventRing<LogEvent>, events: readonly LogEvent[]): void {
    const { taken } = ring.append(events);
    if (taken.length > 0) this.#listener.grown(taken);
  }

  /** Everything after `after`; null when that is more than a resume carries, ahead of the log, or unreadable. */
  async since(after: number): Promise<LogEvent[] | null> {
    if (this.#ring === null || after > this.#ring.head) await this.catchUp();
    for (let attempt = 0; attempt < 3; attempt++) {
      const ring = this.#ring;
      if (ring === null || after > ring.head || ring.head - after > realtimeLimits.resumeEvents) return null;
      const held = ring.since(after);
      if (held !== null) return held;
      const older = await this.#readUpTo(after, ring.from);
      if (older === null) return null;
      ring.prepend(older);
    }
    return null;
  }

  async #readUpTo(after: number, last: number): Promise<LogEvent[] | null> {
    const events: LogEvent[] = [];
    let reached = after;
    while (reached < last) {
      const page = await this.#reader.readLog(this.#sessionId, reached, pageLimit);
      if (!page.ok || page.value.events.length === 0) return null;
      events.push(...page.value.events);
      reached = events[events.length - 1]!.seq;
    }
    return events;
  }
}
