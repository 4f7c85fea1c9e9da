import type { Command, Conversation, ConversationSettings, Hearing, Total } from "./conversation.ts";
import { findNumberedText, readDigits } from "./numbered-text.ts";

const messageNeedle = Buffer.from('{"type":"chat:message"');
const ackNeedle = Buffer.from('{"type":"ack","ref":"');
const errorNeedle = Buffer.from('{"type":"error"');
const totalNeedles = [Buffer.from('{"type":"poll:vote"'), Buffer.from('{"type":"question:upvote"')];
const seqNeedle = Buffer.from('"seq":');
const joinRef = "join";
/** Bytes after which a client says how many frames have arrived: else it is taken for one that does not read. */
const tellEvery = 256 * 1024;

interface Told {
  type: string;
  ref?: string | null;
  data?: { snapshot?: { messages: unknown[] }; pollId?: string; options?: { votes: number }[] | null } & {
    questionId?: string;
    upvotes?: number;
  };
  problem?: { status: number; title: string; detail?: string };
}

/** `/ws` of Rostrum (edge/protocol/realtime.ts): joins with `after`, counts frames without parsing them. */
export class RostrumConversation implements Conversation {
  readonly maySayAgain = true;
  readonly #settings: ConversationSettings;
  readonly #hearing: Hearing;
  readonly #headerNeedle: Buffer;
  /** The highest seq told so far: where a return begins. */
  #seq: number | null = null;
  #isJoined = false;
  #waiting = 0;
  #say: (text: string) => void = () => {};
  #frames = 0;
  #untold = 0;

  constructor(settings: ConversationSettings, hearing: Hearing) {
    this.#settings = settings;
    this.#hearing = hearing;
    // In the head of every numbered event, and nowhere in what events carry.
    this.#headerNeedle = Buffer.from(`"sessionId":"${settings.sessionId}","seq":`);
  }

  path(token: string): string {
    return `/ws?token=${token}`;
  }

  /** Tells how many frames of this connection have arrived, as our client library does. */
  get ping(): string {
    this.#untold = 0;
    return `{"type":"ping","frames":${this.#frames}}`;
  }

  opened(say: (text: string) => void): void {
    this.#isJoined = false;
    this.#waiting = 0;
    this.#say = say;
    this.#frames = 0;
    this.#untold = 0;
    const after = this.#seq === null ? {} : { after: this.#seq };
    const data = { sessionId: this.#settings.sessionId, ...after };
    say(JSON.stringify({ type: "session:join", ref: joinRef, data }));
  }

  command(number: number, command: Command): string {
    this.#waiting++;
    const ref = `${this.#settings.run}-${number}`;
    const { sessionId } = this.#settings;
    switch (command.kind) {
      case "chat":
        return JSON.stringify({ type: "chat:send", ref, data: { sessionId, text: command.text } });
      case "vote": {
        const data = { sessionId, pollId: command.pollId, optionIds: [command.optionId] };
        return JSON.stringify({ type: "poll:vote", ref, data });
      }
      case "upvote":
        return JSON.stringify({
          type: "question:upvote",
          ref,
          data: { sessionId, questionId: command.questionId },
        });
    }
  }

  received(frame: Buffer): void {
    this.#frames++;
    this.#untold += frame.length;
    if (this.#untold > tellEvery) this.#say(this.ping);
    if (!this.#isJoined || frame.indexOf(errorNeedle) !== -1) this.#readWhole(frame);
    if (this.#waiting > 0) this.#findAnswers(frame);
    this.#findMessages(frame);
    if (this.#settings.wantsTotals) this.#findTotals(frame);
  }

  #findMessages(frame: Buffer): void {
    for (let at = frame.indexOf(messageNeedle); at !== -1; at = frame.indexOf(messageNeedle, at + 1)) {
      const found = findNumberedText(frame, at);
      if (found === null) break;
      const header = frame.indexOf(seqNeedle, at) + seqNeedle.length;
      this.#hearing.message(found.number, found.sentAt, readDigits(frame, header) <= (this.#seq ?? 0));
      at = found.at;
    }
    const last = frame.lastIndexOf(this.#headerNeedle);
    if (last !== -1)
      this.#seq = Math.max(this.#seq ?? 0, readDigits(frame, last + this.#headerNeedle.length));
  }

  #findAnswers(frame: Buffer): void {
    for (let at = frame.indexOf(ackNeedle); at !== -1; at = frame.indexOf(ackNeedle, at + 1)) {
      const end = frame.indexOf('"', at + ackNeedle.length);
      this.#answered(frame.toString("latin1", at + ackNeedle.length, end), null);
    }
  }

  #answered(ref: string, refusal: string | null): void {
    if (!ref.startsWith(`${this.#settings.run}-`)) return;
    this.#waiting--;
    this.#hearing.answered(Number(ref.slice(this.#settings.run.length + 1)), refusal);
  }

  /** What is rare, and worth parsing: the answer to a join, and refusals. */
  #readWhole(frame: Buffer): void {
    for (const { type, ref, data, problem } of JSON.parse(frame.toString()) as Told[]) {
      if (type === "error") {
        const reason = `${problem?.status} ${problem?.title}${problem?.detail ? `: ${problem.detail}` : ""}`;
        if (ref === joinRef) this.#hearing.refused(reason);
        else if (ref) this.#answered(ref, reason);
      } else if (type === "ack" && ref === joinRef) {
        this.#isJoined = true;
        const { seq, snapshot } = data as { seq: number; snapshot?: { messages: unknown[] } };
        this.#seq = Math.max(this.#seq ?? 0, seq);
        this.#hearing.joined();
        if (snapshot !== undefined) this.#readSnapshot(snapshot.messages);
      }
    }
  }

  #readSnapshot(messages: readonly unknown[]): void {
    const text = Buffer.from(JSON.stringify(messages));
    for (
      let found = findNumberedText(text, 0);
      found !== null;
      found = findNumberedText(text, found.at + 1)
    ) {
      this.#hearing.message(found.number, found.sentAt, true);
    }
  }

  #findTotals(frame: Buffer): void {
    if (totalNeedles.every((needle) => frame.indexOf(needle) === -1)) return;
    const totals = (JSON.parse(frame.toString()) as Told[]).flatMap(({ type, data }): Total[] => {
      if (type === "poll:vote") {
        return [{ id: data!.pollId!, counts: data!.options?.map(({ votes }) => votes) ?? null }];
      }
      return type === "question:upvote" ? [{ id: data!.questionId!, counts: [data!.upvotes!] }] : [];
    });
    this.#hearing.totals(totals);
  }
}
