import type { SeenMessage } from "../../client/session-view.ts";
import type { ChatAuthor } from "../../protocol/chat.ts";
import type { Mentioned } from "./mentions.ts";

/** One line as it stands in the panel. `key` stays the same while a line goes from sending to sent. */
export interface ChatLine {
  key: string;
  /** `held`: waits for a moderator. `shadowed`: for staff, its author does not know. `removed`: was ours, and is gone. */
  state: "sent" | "sending" | "failed" | "held" | "shadowed" | "removed";
  author: ChatAuthor;
  text: string;
  createdAt: string;
  mentions: readonly Mentioned[];
  pinned: boolean;
  /** Null until the server has it. */
  message: SeenMessage | null;
  /** What it answers; `quoted` null where that is gone or long ago. */
  reply: { messageId: string; quoted: { name: string; text: string } | null } | null;
  /** Why a failed line failed, in words. */
  failure: string | null;
}

export interface Draft {
  text: string;
  replyTo: string | null;
  mentions: readonly Mentioned[];
}

interface OwnLine extends Draft {
  ref: string;
  state: "sending" | "failed";
  author: ChatAuthor;
  createdAt: string;
  failure: string | null;
}

/**
 * The lines of one session: what the log says, and behind it what is on its way. The answer to a line and the line's
 * own event may come in either order, or one of them twice.
 */
export class ChatLines {
  #own: OwnLine[] = [];
  /** The keys of what was sent from here, by message id. */
  #keys = new Map<string, string>();
  #known = new Map<string, ChatLine>();
  #removed: ChatLine[] = [];
  /** Messages that their author took back: no note about those. */
  #takenBack = new Set<string>();

  /** Lines of the same message are the same objects as long as nothing about them changes. */
  lines(messages: readonly SeenMessage[], me: string | null): ChatLine[] {
    const byId = new Map(messages.map((message) => [message.id, message]));
    const known = new Map<string, ChatLine>();
    for (const message of messages) {
      if (!this.#known.has(message.id)) this.#claim(message);
      known.set(message.id, this.#lineOf(message, byId));
    }
    this.#keepRemoved(known, messages[0]?.seq ?? 0, me);
    this.#known = known;
    const own = this.#own.map(
      (line): ChatLine => ({
        ...line,
        key: line.ref,
        message: null,
        pinned: false,
        reply: replyOf(line.replyTo, byId),
      }),
    );
    return [...merged([...known.values()], this.#removed), ...own];
  }

  /** A line that was just typed. */
  sending(ref: string, draft: Draft, author: ChatAuthor, createdAt: string): void {
    this.#own.push({ ...draft, ref, state: "sending", author, createdAt, failure: null });
  }

  /** The answer to a line of ours; its message stands in the view from now on. */
  sent(ref: string, messageId: string): void {
    this.discard(ref);
    if (!this.#known.has(messageId)) this.#keys.set(messageId, ref);
  }

  failed(ref: string, failure: string): void {
    this.#own = this.#own.map((line) => (line.ref === ref ? { ...line, state: "failed", failure } : line));
  }

  /** A failed line that is being tried again, now under `nextRef`; null when there is none. */
  retry(ref: string, nextRef: string): Draft | null {
    const failed = this.#own.find((line) => line.ref === ref && line.state === "failed");
    if (!failed) return null;
    this.#own = this.#own.map((line) =>
      line === failed ? { ...line, ref: nextRef, state: "sending", failure: null } : line,
    );
    return failed;
  }

  discard(ref: string): void {
    this.#own = this.#own.filter((line) => line.ref !== ref);
  }

  /** Its author deletes it. */
  takeBack(messageId: string): void {
    this.#takenBack.add(messageId);
  }

  /** For another person: nothing of the former one's own stays. */
  forget(): void {
    this.#own = [];
    this.#removed = [];
  }

  /** An event of our own line that came before its answer: recognised by its words. */
  #claim(message: SeenMessage): void {
    const own = this.#own.find(
      (line) => line.state === "sending" && line.author.id === message.user.id && line.text === message.text,
    );
    if (!own || this.#keys.has(message.id)) return;
    this.#keys.set(message.id, own.ref);
    this.discard(own.ref);
  }

  #lineOf(message: SeenMessage, byId: ReadonlyMap<string, SeenMessage>): ChatLine {
    const before = this.#known.get(message.id);
    const reply = replyOf(message.replyTo, byId);
    const sameReply = before?.reply?.quoted?.text === reply?.quoted?.text;
    if (before?.message === message && sameReply) return before;
    return {
      key: this.#keys.get(message.id) ?? message.id,
      state: message.held ? "held" : message.shadowed ? "shadowed" : "sent",
      author: message.user,
      text: message.text,
      createdAt: message.createdAt,
      mentions: message.mentions,
      pinned: message.pinned,
      message,
      reply,
      failure: null,
    };
  }

  /** Who wrote a line that a moderator has taken away is told so; to all others it is simply gone. */
  #keepRemoved(known: ReadonlyMap<string, ChatLine>, oldest: number, me: string | null): void {
    for (const [id, line] of this.#known) {
      const isGone = !known.has(id) && (line.message?.seq ?? 0) >= oldest;
      if (isGone && line.author.id === me && !this.#takenBack.has(id))
        this.#removed.push({ ...line, state: "removed", pinned: false });
    }
    // A line that is back (a join told it again) was not taken away.
    this.#removed = this.#removed
      .filter(({ message }) => message !== null && !known.has(message.id))
      .slice(-5);
  }
}

function replyOf(replyTo: string | null, byId: ReadonlyMap<string, SeenMessage>): ChatLine["reply"] {
  if (replyTo === null) return null;
  const original = byId.get(replyTo);
  return {
    messageId: replyTo,
    quoted: original ? { name: original.user.name, text: original.text.slice(0, 200) } : null,
  };
}

function merged(lines: ChatLine[], removed: ChatLine[]): ChatLine[] {
  if (removed.length === 0) return lines;
  return [...lines, ...removed].sort((a, b) => (a.message?.seq ?? 0) - (b.message?.seq ?? 0));
}

const sameBreathMs = 4 * 60_000;

/** Whether a line goes on what the same person just said, so that the name need not stand there again. */
export function continuesAuthor(line: ChatLine, previous: ChatLine | undefined): boolean {
  if (!previous || previous.author.id !== line.author.id || line.reply) return false;
  return Date.parse(line.createdAt) - Date.parse(previous.createdAt) < sameBreathMs;
}
