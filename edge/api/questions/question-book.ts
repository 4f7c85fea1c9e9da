/**
 * The questions that one batch of commands names, as they are before it and as each command leaves them. What differs
 * in the end is what is written.
 */
import type { ChatAuthor } from "../../protocol/chat.ts";
import type { QuestionState } from "./question-state.ts";

export interface Upvote {
  questionId: string;
  userId: string;
}
/** A chat message that becomes a question. */
export interface SaidMessage {
  id: string;
  author: ChatAuthor;
  text: string;
}

/** What was read. */
export interface QuestionFacts {
  /** Those that are named, made of a message that is named, or being answered. */
  questions: readonly QuestionState[];
  /** Of the people and questions that the batch names together. */
  upvotes: readonly Upvote[];
  /** Those of the session that everyone sees. */
  messages: readonly SaidMessage[];
  /** When people who ask have asked of late in this session, by user id, in milliseconds. */
  askedAt: ReadonlyMap<string, readonly number[]>;
}

export interface QuestionChanges {
  asked: QuestionState[];
  changed: QuestionState[];
  /** Those of `changed` that are no longer being answered: only one may be at any moment. */
  noLongerAnswering: string[];
  added: Upvote[];
  removed: Upvote[];
  /** How the order changed, for pages that hold still. */
  moved: { questionId: string; upvotes: number; pinned: number }[];
}

export class QuestionBook {
  readonly #before: ReadonlyMap<string, QuestionState>;
  readonly #questions: Map<string, QuestionState>;
  readonly #upvotesBefore: ReadonlySet<string>;
  readonly #upvotes = new Map<string, Upvote & { given: boolean }>();
  readonly #messages: ReadonlyMap<string, SaidMessage>;
  readonly #askedAt: Map<string, readonly number[]>;

  constructor({ questions, upvotes, messages, askedAt }: QuestionFacts) {
    this.#before = new Map(questions.map((question) => [question.id, question]));
    this.#questions = new Map(this.#before);
    this.#upvotesBefore = new Set(upvotes.map(upvoteKey));
    for (const upvote of upvotes) this.#upvotes.set(upvoteKey(upvote), { ...upvote, given: true });
    this.#messages = new Map(messages.map((message) => [message.id, message]));
    this.#askedAt = new Map(askedAt);
  }

  question(id: string): QuestionState | undefined {
    return this.#questions.get(id);
  }

  message(id: string): SaidMessage | undefined {
    return this.#messages.get(id);
  }

  questionOfMessage(messageId: string): QuestionState | undefined {
    return [...this.#questions.values()].find((question) => question.messageId === messageId);
  }

  beingAnswered(): QuestionState | undefined {
    return [...this.#questions.values()].find((question) => question.answering);
  }

  askedAt(userId: string): readonly number[] {
    return this.#askedAt.get(userId) ?? [];
  }

  add(question: QuestionState): void {
    this.#questions.set(question.id, question);
  }

  noteAsked(userId: string, at: number): void {
    this.#askedAt.set(userId, [...this.askedAt(userId), at]);
  }

  change(id: string, more: Partial<QuestionState>): QuestionState {
    const question = { ...this.#questions.get(id)!, ...more };
    this.#questions.set(id, question);
    return question;
  }

  hasUpvoted(upvote: Upvote): boolean {
    return this.#upvotes.get(upvoteKey(upvote))?.given ?? false;
  }

  /** Gives an upvote that is not there, or takes back one that is. */
  turnUpvote(upvote: Upvote): QuestionState {
    const given = !this.hasUpvoted(upvote);
    this.#upvotes.set(upvoteKey(upvote), { ...upvote, given });
    const { upvotes } = this.#questions.get(upvote.questionId)!;
    return this.change(upvote.questionId, { upvotes: upvotes + (given ? 1 : -1) });
  }

  changes(): QuestionChanges {
    const changes: QuestionChanges = {
      asked: [],
      changed: [],
      noLongerAnswering: [],
      added: [],
      removed: [],
      moved: [],
    };
    for (const [id, question] of this.#questions) {
      const before = this.#before.get(id);
      if (before === question) continue;
      (before ? changes.changed : changes.asked).push(question);
      if (before?.answering && !question.answering) changes.noLongerAnswering.push(id);
      const upvotes = question.upvotes - (before?.upvotes ?? 0);
      const pinned = Number(question.pinned) - Number(before?.pinned ?? false);
      if (upvotes !== 0 || pinned !== 0) changes.moved.push({ questionId: id, upvotes, pinned });
    }
    for (const [key, { given, ...upvote }] of this.#upvotes) {
      const before = this.#upvotesBefore.has(key);
      if (given && !before) changes.added.push(upvote);
      if (!given && before) changes.removed.push(upvote);
    }
    return changes;
  }
}

function upvoteKey({ questionId, userId }: Upvote): string {
  return `${questionId} ${userId}`;
}
