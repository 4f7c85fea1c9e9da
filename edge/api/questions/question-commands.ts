/** What commands do to questions. Pure but for the book, which the next command of the batch reads. */
import type { Question, QuestionStatus, Upvoted } from "../../protocol/questions.ts";
import { isStaff, isTeam } from "../events/event-access.ts";
import {
  type CommandOf,
  type CommitContext,
  type CommitPerson,
  type Plan,
  refuse,
} from "../session-log/session-planner.ts";
import { planAsk } from "./ask-question.ts";
import type { QuestionBook } from "./question-book.ts";
import {
  describeQuestion,
  isQuestionShown,
  type QuestionState,
  sessionTotalOfQuestion,
} from "./question-state.ts";

export type QuestionCommand = CommandOf<
  "question:ask" | "question:from-message" | "question:upvote" | "question:unvote" | "question:change"
>;

export const planQuestionCommand: Plan<QuestionCommand["type"], QuestionBook> = (
  command,
  sender,
  book,
  context,
) => {
  switch (command.type) {
    case "question:ask":
      return planAsk(command, sender, book, context);
    case "question:from-message":
      return makeOfMessage(command, sender, book, context);
    case "question:upvote":
    case "question:unvote":
      return turnUpvote(command, sender, book, context);
    case "question:change":
      return changeQuestion(command, sender, book, context);
  }
};

/** By its author, for everyone to see: who makes it has read it. The same message again is the same question. */
const makeOfMessage: Plan<"question:from-message", QuestionBook> = ({ data }, sender, book, context) => {
  const { session, now } = context;
  const made = book.questionOfMessage(data.messageId);
  if (made) return { ok: true, ack: describeFor(sender, made, book, context) };
  if (!session.questionsEnabled) return refuse("questions-disabled");
  const message = book.message(data.messageId);
  if (message === undefined) return refuse("not-found");
  const question: QuestionState = {
    id: context.newId("question"),
    sessionId: session.id,
    asker: message.author,
    anonymous: false,
    askerVisible: false,
    text: message.text,
    status: "visible",
    upvotes: 0,
    pinned: false,
    answering: false,
    answer: null,
    messageId: message.id,
    createdAt: now,
  };
  book.add(question);
  context.emit({ type: "question:new", audience: { kind: "all" }, data: describeQuestion(question) });
  audit(context, "question.made-of-message", question, { messageId: message.id });
  return { ok: true, ack: describeFor(sender, question, book, context) };
};

const turnUpvote: Plan<"question:upvote" | "question:unvote", QuestionBook> = (
  { type, data },
  sender,
  book,
  context,
) => {
  const question = book.question(data.questionId);
  if (question === undefined) return refuse("not-found");
  if (!isQuestionShown(question.status)) {
    const knows = isTeam(sender) || question.asker.id === sender.id;
    return knows ? refuse("conflict", { detail: "The question is not shown." }) : refuse("not-found");
  }
  if (!context.session.questionsEnabled) return refuse("questions-disabled");
  const upvote = { questionId: question.id, userId: sender.id };
  const upvoted = type === "question:upvote";
  const turns = book.hasUpvoted(upvote) !== upvoted;
  const { upvotes } = turns ? book.turnUpvote(upvote) : question;
  const ack: Upvoted = { questionId: question.id, upvotes, upvoted };
  if (turns) {
    context.total(sessionTotalOfQuestion(book.question(question.id)!));
    context.personal({ type: "question:upvoted", userId: sender.id, data: ack });
  }
  return { ok: true, ack };
};

/** The upvotes as they are now, and the person's own, after one that was given or taken back before. */
export function repeatQuestionCommand(
  command: QuestionCommand,
  book: QuestionBook,
  context: CommitContext,
): void {
  if (command.type !== "question:upvote" && command.type !== "question:unvote") return;
  const { userId, data } = command;
  const question = book.question(data.questionId);
  if (question === undefined || !isQuestionShown(question.status)) return;
  const { id: questionId, upvotes } = question;
  const upvoted = book.hasUpvoted({ questionId, userId });
  context.total(sessionTotalOfQuestion(question));
  context.personal({ type: "question:upvoted", userId, data: { questionId, upvotes, upvoted } });
}

const changeQuestion: Plan<"question:change", QuestionBook> = ({ data }, sender, book, context) => {
  const question = book.question(data.questionId);
  if (question === undefined) return refuse("not-found");
  const next = nextOf(question, data);
  if ((data.pinned || data.answering) && !isQuestionShown(next.status)) {
    return refuse("conflict", { detail: "The question is not shown." });
  }
  const changed = (["status", "pinned", "answering", "answer"] as const).filter(
    (field) => next[field] !== question[field],
  );
  if (changed.length > 0) {
    const former = next.answering && !question.answering ? book.beingAnswered() : undefined;
    if (former) announce(book.change(former.id, { answering: false }), former.status, context);
    announce(book.change(question.id, next), question.status, context);
    audit(context, "question.changed", question, { changed, status: next.status });
  }
  return { ok: true, ack: describeFor(sender, book.question(question.id)!, book, context) };
};

/** What the change leaves: an answer makes it answered, and what is not shown is neither pinned nor being answered. */
function nextOf(
  question: QuestionState,
  data: CommandOf<"question:change">["data"],
): Pick<QuestionState, "status" | "pinned" | "answering" | "answer"> {
  const answered = data.answer != null && question.status !== "archived";
  const status = data.status ?? (answered ? "answered" : question.status);
  return {
    status,
    pinned: data.pinned ?? (question.pinned && isQuestionShown(status)),
    answering: data.answering ?? (question.answering && status === question.status),
    answer: data.answer === undefined ? question.answer : data.answer,
  };
}

/** To everyone, once it is or was shown; else to the team and its asker. */
function announce(question: QuestionState, before: QuestionStatus, context: CommitContext): void {
  const appears = before === "pending" && isQuestionShown(question.status);
  const shown = isQuestionShown(before) || isQuestionShown(question.status);
  context.emit({
    type: appears ? "question:new" : "question:updated",
    audience: shown ? { kind: "all" } : { kind: "team", userId: question.asker.id },
    data: describeQuestion(question),
  });
}

function describeFor(
  sender: CommitPerson,
  question: QuestionState,
  book: QuestionBook,
  { session }: CommitContext,
): Question {
  return describeQuestion(question, {
    upvoted: book.hasUpvoted({ questionId: question.id, userId: sender.id }),
    seesAskers: session.askersVisibleToStaff && isStaff(sender),
  });
}

function audit(
  context: CommitContext,
  action: "question.changed" | "question.made-of-message",
  { id, asker, anonymous }: QuestionState,
  detail: Record<string, string | readonly string[]>,
): void {
  context.audit({
    action,
    subject: { kind: "question", id },
    eventId: context.session.eventId,
    // The log of acts is no way to learn who asked anonymously.
    detail: anonymous ? detail : { ...detail, userId: asker.id },
  });
}
