import type * as v from "valibot";
import type { ChatAuthor, ChatMessage } from "../../protocol/chat.ts";

export type Author = v.InferOutput<typeof ChatAuthor>;

/** One line as it stands in the panel. `key` stays the same while a line goes from sending to sent. */
export interface ChatLine {
  key: string;
  state: "sent" | "sending" | "failed";
  author: Author;
  text: string;
  createdAt: string;
  /** The message's id and place in the log, once it has them. */
  messageId: string | null;
  seq: number | null;
  /** Why a failed line failed, in words. */
  failure: string | null;
}

const keptLines = 500;

/**
 * The lines of one session: what the log says, in the log's order, and behind it what is on its way. The answer to a
 * line and the line's own event may come in either order, or one of them twice.
 */
export class ChatLog {
  #sent: ChatLine[] = [];
  #own: ChatLine[] = [];
  #ids = new Set<string>();

  get lines(): ChatLine[] {
    return [...this.#sent, ...this.#own];
  }

  /** A snapshot replaces what the log said, not what is still on its way. */
  replace(messages: ChatMessage[]): void {
    const keys = new Map(this.#sent.map((line) => [line.messageId, line.key]));
    this.#sent = [];
    this.#ids.clear();
    for (const message of messages) this.add(message, keys.get(message.id));
  }

  /** True when the message is new here. */
  add(message: ChatMessage, key?: string): boolean {
    if (this.#ids.has(message.id)) return false;
    const own = key === undefined ? this.#takeOwn(message) : undefined;
    this.#insert(message, key ?? own?.key ?? message.id);
    return own === undefined;
  }

  /** A line that was just typed. */
  sending(ref: string, text: string, author: Author, createdAt: string): void {
    this.#own.push({
      key: ref,
      state: "sending",
      author,
      text,
      createdAt,
      messageId: null,
      seq: null,
      failure: null,
    });
  }

  /** The answer to a line of ours. */
  sent(ref: string, message: ChatMessage): void {
    this.discard(ref);
    if (!this.#ids.has(message.id)) this.#insert(message, ref);
  }

  failed(ref: string, failure: string): void {
    this.#own = this.#own.map((line) => (line.key === ref ? { ...line, state: "failed", failure } : line));
  }

  /** The text of a failed line that is being tried again, now under `nextRef`; null when there is none. */
  retry(ref: string, nextRef: string): string | null {
    const failed = this.#own.find((line) => line.key === ref && line.state === "failed");
    if (!failed) return null;
    this.#own = this.#own.map((line) =>
      line === failed ? { ...line, key: nextRef, state: "sending", failure: null } : line,
    );
    return failed.text;
  }

  discard(ref: string): void {
    this.#own = this.#own.filter((line) => line.key !== ref);
  }

  /** An event of our own line that came before its answer: recognised by its words. */
  #takeOwn(message: ChatMessage): ChatLine | undefined {
    const own = this.#own.find(
      (line) => line.state === "sending" && line.author.id === message.user.id && line.text === message.text,
    );
    if (own) this.discard(own.key);
    return own;
  }

  #insert(message: ChatMessage, key: string): void {
    this.#ids.add(message.id);
    const line: ChatLine = {
      key,
      state: "sent",
      author: message.user,
      text: message.text,
      createdAt: message.createdAt,
      messageId: message.id,
      seq: message.seq,
      failure: null,
    };
    const place = this.#sent.findLastIndex(({ seq }) => (seq ?? 0) < message.seq) + 1;
    this.#sent.splice(place, 0, line);
    if (this.#sent.length <= keptLines) return;
    for (const { messageId } of this.#sent.splice(0, this.#sent.length - keptLines)) {
      if (messageId !== null) this.#ids.delete(messageId);
    }
  }
}

const sameBreathMs = 4 * 60_000;

/** Whether a line goes on what the same person just said, so that the name need not stand there again. */
export function continuesAuthor(line: ChatLine, previous: ChatLine | undefined): boolean {
  if (!previous || previous.author.id !== line.author.id) return false;
  return Date.parse(line.createdAt) - Date.parse(previous.createdAt) < sameBreathMs;
}
