import type { Audience, LogEvent } from "../../protocol/internal-rooms.ts";

/** An event as gateways keep it: serialised once, for however many sockets. */
export interface Deliverable {
  readonly seq: number;
  readonly audience: Audience;
  readonly text: string;
}

export interface Recipient {
  readonly userId: string | null;
  readonly staff: boolean;
}

export function deliverable(sessionId: string, event: LogEvent): Deliverable {
  const { type, seq, data } = event;
  return { seq, audience: event.audience, text: JSON.stringify({ type, sessionId, seq, data }) };
}

export function mayHear(audience: Audience, recipient: Recipient): boolean {
  switch (audience.kind) {
    case "all":
      return true;
    case "staff":
    case "team":
      return recipient.staff || (audience.userId !== undefined && audience.userId === recipient.userId);
    case "user":
      return recipient.userId === audience.userId;
  }
}

/**
 * The messages that bring one recipient from `after` past all of `events`, in order. Ends with a `session:seq` when
 * the last were not for this recipient's eyes, so that a resume does not begin before them.
 */
export function deliver(
  sessionId: string,
  events: readonly Deliverable[],
  after: number,
  recipient: Recipient,
): string[] {
  const texts: string[] = [];
  let told = after;
  let passed = after;
  for (const event of events) {
    if (event.seq <= after) continue;
    passed = event.seq;
    if (!mayHear(event.audience, recipient)) continue;
    texts.push(event.text);
    told = event.seq;
  }
  if (passed > told) texts.push(JSON.stringify({ type: "session:seq", sessionId, seq: passed }));
  return texts;
}

/** Part of a frame, and the frame it makes alone: one string for all who get the same. */
export interface FramePart {
  readonly part: string;
  readonly frame: string;
}

/** What one flush says of one session, built once for every kind of recipient among thousands. */
export class SessionBatch {
  readonly #sessionId: string;
  readonly #events: readonly Deliverable[];
  readonly #totals: readonly string[];
  readonly #named: ReadonlySet<string>;
  readonly #parts = new Map<string, FramePart | null>();

  /** `totals` go to everyone, after the events. */
  constructor(sessionId: string, events: readonly Deliverable[], totals: readonly string[]) {
    this.#sessionId = sessionId;
    this.#events = events;
    this.#totals = totals;
    this.#named = new Set(
      events.flatMap(({ audience }) => (audience.kind === "user" ? [audience.userId] : [])),
    );
  }

  /** Null when there is nothing to say. */
  partFor(recipient: Recipient, after: number): FramePart | null {
    const from = Math.max(after, (this.#events[0]?.seq ?? 1) - 1);
    const name = recipient.userId !== null && this.#named.has(recipient.userId) ? recipient.userId : "";
    const key = `${recipient.staff} ${from} ${name}`;
    let part = this.#parts.get(key);
    if (part === undefined) {
      const texts = [...deliver(this.#sessionId, this.#events, from, recipient), ...this.#totals];
      part = texts.length === 0 ? null : framePart(texts);
      this.#parts.set(key, part);
    }
    return part;
  }
}

export function framePart(texts: readonly string[]): FramePart {
  const part = texts.join(",");
  return { part, frame: `[${part}]` };
}
