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
  /** Staff or speaker. */
  readonly team: boolean;
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
      return recipient.staff || isNamed(audience, recipient);
    case "team":
      return recipient.team || isNamed(audience, recipient);
    case "user":
      return recipient.userId === audience.userId;
  }
}

function isNamed(audience: { userId?: string | undefined }, { userId }: Recipient): boolean {
  return audience.userId !== undefined && audience.userId === userId;
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

/** What has no seq, for one flush. */
export interface SoftNews {
  /** For everyone, after the events. */
  readonly texts: readonly string[];
  /** Totals that only the team and those who have voted may see whole. */
  readonly hidden: readonly HiddenTotal[];
  /** Null when nothing is to be said of it. */
  readonly typing: { readonly others: string; forTypist(userId: string): string | null } | null;
}
export interface HiddenTotal {
  readonly pollId: string;
  readonly whole: string;
  readonly blank: string;
}
export const noSoftNews: SoftNews = { texts: [], hidden: [], typing: null };

/** What one flush says of one session, built once for every kind of recipient among thousands. */
export class SessionBatch {
  readonly #sessionId: string;
  readonly #events: readonly Deliverable[];
  readonly #soft: SoftNews;
  readonly #before: number;
  readonly #named: ReadonlySet<string>;
  readonly #common = new Map<number, FramePart | null>();
  readonly #special = new Map<string, FramePart | null>();

  constructor(sessionId: string, events: readonly Deliverable[], soft: SoftNews) {
    this.#sessionId = sessionId;
    this.#events = events;
    this.#soft = soft;
    this.#before = (events[0]?.seq ?? 1) - 1;
    this.#named = new Set(
      events.flatMap(({ audience }) =>
        audience.kind === "all" || audience.userId === undefined ? [] : [audience.userId],
      ),
    );
  }

  /** Null when there is nothing to say. `voted`: the polls that this recipient has voted in. */
  partFor(recipient: Recipient, after: number, voted: ReadonlySet<string>): FramePart | null {
    const from = this.#events.length === 0 ? 0 : Math.max(after, this.#before);
    const kind = recipient.staff ? 2 : recipient.team ? 1 : 0;
    const key = from * 4 + kind;
    if (this.#isSpecial(recipient, voted)) return this.#specialPart(recipient, from, voted, key);
    let part = this.#common.get(key);
    if (part === undefined) {
      part = this.#build(recipient, from, voted);
      this.#common.set(key, part);
    }
    return part;
  }

  /** Whether someone of the same kind may be told something else. */
  #isSpecial({ userId, team }: Recipient, voted: ReadonlySet<string>): boolean {
    const { hidden, typing } = this.#soft;
    if (userId === null) return false;
    if (this.#named.size > 0 && this.#named.has(userId)) return true;
    if (typing !== null && typing.forTypist(userId) !== null) return true;
    return hidden.length > 0 && !team && voted.size > 0;
  }

  #specialPart(recipient: Recipient, from: number, voted: ReadonlySet<string>, key: number) {
    const { hidden, typing } = this.#soft;
    const userId = recipient.userId ?? "";
    const isAlone = this.#named.has(userId) || (typing !== null && typing.forTypist(userId) !== null);
    const seen = hidden.map(({ pollId }) => (voted.has(pollId) ? "1" : "0")).join("");
    const name = `${key} ${seen} ${isAlone ? userId : ""}`;
    let part = this.#special.get(name);
    if (part === undefined) {
      part = this.#build(recipient, from, voted);
      this.#special.set(name, part);
    }
    return part;
  }

  #build(recipient: Recipient, from: number, voted: ReadonlySet<string>): FramePart | null {
    const { texts, hidden, typing } = this.#soft;
    const all = [
      ...deliver(this.#sessionId, this.#events, from, recipient),
      ...texts,
      ...hidden.map(({ pollId, whole, blank }) => (recipient.team || voted.has(pollId) ? whole : blank)),
    ];
    if (typing !== null) {
      const own = recipient.userId === null ? null : typing.forTypist(recipient.userId);
      all.push(own ?? typing.others);
    }
    return all.length === 0 ? null : framePart(all);
  }
}

/** Part of a frame, and the frame it makes alone: one string for all who get the same. */
export interface FramePart {
  readonly part: string;
  readonly frame: string;
}

export function framePart(texts: readonly string[]): FramePart {
  const part = texts.join(",");
  return { part, frame: `[${part}]` };
}
