import * as v from "valibot";
import type { SeenMessage } from "../../client/session-view.ts";
import { ChatMessage } from "../../protocol/chat.ts";
import type { ReplayItem } from "../../protocol/engagement.ts";
import { ChatLines } from "../session/chat-lines.ts";
import { ChatList } from "../session/chat-list.ts";
import { ApiError } from "../shared/api-client.ts";
import { required, setText } from "../shared/element.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { loadReplay } from "./replay-loader.ts";
import { ReplayLog } from "./replay-log.ts";

/** As many lines as a person may want to read back. */
const mostLines = 300;

/** The chat as it was at each moment of the recording. */
export class ReplayChat {
  #log: ReplayLog;
  #lines = new ChatLines();
  #list: ChatList;
  #empty = required<HTMLElement>("#chat-empty");
  #trouble = required<HTMLElement>("#replay-trouble");
  #messages = new Map<number, SeenMessage | null>();
  #shownAt = Number.NEGATIVE_INFINITY;

  constructor(sessionId: string) {
    this.#log = new ReplayLog((from, to) => loadReplay(sessionId, from, to));
    this.#list = new ChatList({
      scroll: required("#chat-scroll"),
      newer: required("#chat-newer"),
      me: () => null,
      drawn: () => undefined,
      isHeld: () => false,
      retry: () => undefined,
      discard: () => undefined,
      point: (messageId) => void this.#list.point(messageId),
    });
  }

  /** Shows what had been said by an instant (milliseconds). */
  async show(at: number): Promise<void> {
    this.#draw(at);
    try {
      if (await this.#log.want(at)) this.#draw(at);
      setText(this.#trouble, "");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setText(this.#trouble, describeProblem(error.problem));
    }
  }

  #draw(at: number): void {
    const messages = this.#log
      .upTo(at)
      .slice(-mostLines)
      .map((item) => this.#messageOf(item))
      .filter((message) => message !== null);
    // Who goes back in time finds the list as it was then, at its end.
    if (at < this.#shownAt) this.#list.clear();
    this.#shownAt = at;
    this.#empty.hidden = messages.length > 0;
    this.#list.show(this.#lines.lines(messages, null));
  }

  /** The same object each time, so that only new lines are drawn. */
  #messageOf({ seq, type, data }: ReplayItem): SeenMessage | null {
    const known = this.#messages.get(seq);
    if (known !== undefined) return known;
    const parsed = type === "chat:message" ? v.safeParse(ChatMessage, data) : null;
    const message = parsed?.success ? { ...parsed.output, shadowed: false } : null;
    this.#messages.set(seq, message);
    return message;
  }
}
