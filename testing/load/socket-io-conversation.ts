import type { Command, Conversation, ConversationSettings, Hearing, Total } from "./conversation.ts";
import { findNumberedText, readDigits } from "./numbered-text.ts";

const messageNeedle = Buffer.from('42["chat:message"');
const totalNeedle = Buffer.from('42["poll:vote"');
const upvoteNeedle = Buffer.from('42["question:upvote"');
const answerNeedle = Buffer.from("43");
const code = (character: string) => character.charCodeAt(0);
const joinNumber = 0;

/**
 * The Socket.IO peer's wire (engine.io protocol 4, socket.io protocol 5, WebSocket transport only), event names as in
 * testing/bench/peers/socket-io-app.ts. A client of it that was away begins anew: what it missed is gone.
 */
export class SocketIoConversation implements Conversation {
  readonly maySayAgain = false;
  /** The server pings, and is answered. */
  readonly ping = null;
  readonly #settings: ConversationSettings;
  readonly #hearing: Hearing;
  #say: (text: string) => void = () => {};

  constructor(settings: ConversationSettings, hearing: Hearing) {
    this.#settings = settings;
    this.#hearing = hearing;
  }

  path(): string {
    return "/socket.io/?EIO=4&transport=websocket";
  }

  opened(say: (text: string) => void): void {
    this.#say = say;
  }

  command(number: number, command: Command): string {
    const { sessionId } = this.#settings;
    // Acknowledgement ids count from 1 here; 0 is the join's.
    const id = number + 1;
    switch (command.kind) {
      case "chat":
        return `42${id}${JSON.stringify(["chat:send", { sessionId, text: command.text }])}`;
      case "vote":
        return `42${id}${JSON.stringify(["poll:vote", { sessionId, pollId: command.pollId, optionIds: [command.optionId] }])}`;
      case "upvote":
        return `42${id}${JSON.stringify(["question:upvote", { sessionId, questionId: command.questionId }])}`;
    }
  }

  received(frame: Buffer): void {
    switch (frame[0]) {
      case code("0"):
        this.#say(`40${JSON.stringify({ token: this.#settings.token })}`);
        break;
      case code("2"):
        this.#say("3");
        break;
      case code("4"):
        this.#packet(frame);
    }
  }

  #packet(frame: Buffer): void {
    if (begins(frame, messageNeedle)) {
      const found = findNumberedText(frame, 0);
      if (found !== null) this.#hearing.message(found.number, found.sentAt, false);
    } else if (begins(frame, answerNeedle)) {
      this.#answer(frame);
    } else if (frame[1] === code("0")) {
      this.#say(
        `42${joinNumber}${JSON.stringify(["session:join", { sessionId: this.#settings.sessionId }])}`,
      );
    } else if (frame[1] === code("4")) {
      this.#hearing.refused(frame.toString("utf8", 2));
    } else if (begins(frame, totalNeedle) || begins(frame, upvoteNeedle)) {
      if (this.#settings.wantsTotals) this.#total(frame);
    }
  }

  /** `43<id>[{"ok":true}]`, or with an `error`. */
  #answer(frame: Buffer): void {
    const refusal = frame.indexOf('"error"') === -1 ? null : frame.toString("utf8", frame.indexOf("["));
    const id = readDigits(frame, 2);
    if (id !== joinNumber) this.#hearing.answered(id - 1, refusal);
    else if (refusal === null) this.#hearing.joined();
    else this.#hearing.refused(refusal);
  }

  #total(frame: Buffer): void {
    const [type, data] = JSON.parse(frame.toString("utf8", 2)) as [
      string,
      { pollId: string; options: { votes: number }[]; questionId: string; upvotes: number },
    ];
    const total: Total =
      type === "poll:vote"
        ? { id: data.pollId, counts: data.options.map(({ votes }) => votes) }
        : { id: data.questionId, counts: [data.upvotes] };
    this.#hearing.totals([total]);
  }
}

function begins(frame: Buffer, needle: Buffer): boolean {
  return frame.length >= needle.length && frame.compare(needle, 0, needle.length, 0, needle.length) === 0;
}
