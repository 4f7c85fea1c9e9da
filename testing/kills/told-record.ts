import type { Poll, PollTotal } from "../../edge/protocol/polls.ts";
import type { Question, QuestionTotal } from "../../edge/protocol/questions.ts";
import type { ServerMessage, SessionJoined } from "../../edge/protocol/realtime.ts";

export type Numbered = Extract<ServerMessage, { seq: number; data: unknown }>;

/** What tells one event from another, here and in the database's log. */
export function fingerprint(type: string, data: unknown): string {
  const { id, messageId, questionId, userId } = data as Record<string, unknown>;
  return `${type} ${id ?? messageId ?? questionId ?? userId ?? ""}`;
}

/**
 * What one person was told of one session, kept by the rule that the contract gives clients: what is not above the
 * highest seq told so far is dropped. So a person who was told too late has not been told.
 */
export class ToldRecord {
  /** The seq of the first join; what was before stands in its snapshot. */
  from: number | null = null;
  /** Hours of events would fill the memory of who only measures. */
  readonly #keepsEvents: boolean;
  /** Where to resume. */
  highest: number | null = null;
  /** By seq, what was said, as a fingerprint. */
  readonly events = new Map<number, string>();
  /** Events that came again. */
  repeated = 0;
  /** Seqs that came for the first time after a higher one. */
  readonly late: number[] = [];
  /** Joins that were answered with a snapshot where `after` had been asked for. */
  readonly leaps: { after: number; to: number }[] = [];
  /** Votes by option, by poll; what is hidden stays as it was. */
  readonly polls = new Map<string, { totalVotes: number; votes: Record<string, number> }>();
  /** Upvotes by question. */
  readonly questions = new Map<string, number>();

  constructor({ keepsEvents = true } = {}) {
    this.#keepsEvents = keepsEvents;
  }

  joined({ seq, snapshot }: SessionJoined): void {
    this.from ??= seq;
    if (snapshot !== undefined) {
      if (this.highest !== null) this.leaps.push({ after: this.highest, to: seq });
      this.highest = seq;
      for (const poll of snapshot.polls) this.#poll(poll);
      for (const question of snapshot.questions) this.#question(question);
    }
    this.highest ??= seq;
  }

  passed(seq: number): void {
    if (this.highest === null || seq > this.highest) this.highest = seq;
  }

  event({ seq, type, data }: Numbered): void {
    if (this.highest !== null && seq <= this.highest) {
      if (this.events.has(seq) || seq <= this.from!) this.repeated++;
      else this.late.push(seq);
      return;
    }
    this.highest = seq;
    if (this.#keepsEvents) this.events.set(seq, fingerprint(type, data));
    if (type === "poll:new" || type === "poll:updated") this.#poll(data as Poll);
    if (type === "question:new" || type === "question:updated") this.#question(data as Question);
  }

  pollTotal({ pollId, totalVotes, options }: PollTotal): void {
    if (options === null) return;
    const votes = Object.fromEntries(options.map((option) => [option.id, option.votes]));
    this.polls.set(pollId, { totalVotes, votes });
  }

  questionTotal({ questionId, upvotes }: QuestionTotal): void {
    this.questions.set(questionId, upvotes);
  }

  #poll({ id, totalVotes, options }: Poll): void {
    if (options.some(({ votes }) => votes === null)) return;
    this.pollTotal({
      pollId: id,
      totalVotes,
      options: options.map((option) => ({ id: option.id, votes: option.votes! })),
    });
  }

  #question({ id, upvotes }: Question): void {
    this.questions.set(id, upvotes);
  }
}
