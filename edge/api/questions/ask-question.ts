import { plainText } from "../chat/plain-text.ts";
import { wordFilterOf } from "../chat/word-filter.ts";
import { isTeam } from "../events/event-access.ts";
import { refuseMuted } from "../session-log/command-access.ts";
import {
  authorOf,
  type CommitContext,
  type Plan,
  type Refusal,
  refuse,
} from "../session-log/session-planner.ts";
import type { QuestionBook } from "./question-book.ts";
import { describeQuestion, type QuestionState } from "./question-state.ts";

/** 5 questions in a minute a person and session; the team is exempt. */
export const askRate = { questions: 5, windowMs: 60_000 } as const;

/**
 * Asks for everyone to see, or for the team to look at first: where questions are moderated, where the words are to be
 * held, and where the asker is shadow-muted, who is told the same as others would be.
 */
export const planAsk: Plan<"question:ask", QuestionBook> = ({ data }, sender, book, context) => {
  const { session, now } = context;
  if (!session.questionsEnabled) return refuse("questions-disabled");
  let seemingly: QuestionState["status"] = "visible";
  if (!isTeam(sender)) {
    const muted = refuseMuted(sender, now);
    if (muted) return muted;
    const isBlocked = wordFilterOf(session)(plainText(data.text));
    if (isBlocked && session.blockedWordsAction === "refuse") return refuse("words-refused");
    const haste = refuseHaste(book.askedAt(sender.id), now);
    if (haste) return haste;
    book.noteAsked(sender.id, now);
    if (isBlocked || session.questionsModerated) seemingly = "pending";
  }
  const isShadowed = sender.mute?.shadow === true && !isTeam(sender);
  const question: QuestionState = {
    id: context.newId("question"),
    sessionId: session.id,
    asker: authorOf(sender),
    anonymous: data.anonymous,
    askerVisible: session.askersVisibleToStaff,
    text: data.text,
    status: isShadowed ? "pending" : seemingly,
    upvotes: 0,
    pinned: false,
    answering: false,
    answer: null,
    messageId: null,
    createdAt: now,
  };
  book.add(question);
  const told = describeQuestion({ ...question, status: seemingly });
  announce(question, told, isShadowed && seemingly === "visible", context);
  return { ok: true, ack: told };
};

function announce(
  question: QuestionState,
  told: ReturnType<typeof describeQuestion>,
  isShadowed: boolean,
  context: CommitContext,
): void {
  const type = "question:new";
  const userId = question.asker.id;
  if (isShadowed) {
    context.emit({ type, audience: { kind: "user", userId }, data: told });
    context.emit({ type, audience: { kind: "team" }, data: describeQuestion(question) });
  } else {
    const audience =
      question.status === "pending" ? ({ kind: "team", userId } as const) : { kind: "all" as const };
    context.emit({ type, audience, data: told });
  }
  if (question.anonymous && question.askerVisible) {
    const data = { questionId: question.id, user: question.asker };
    context.emit({ type: "question:asker", audience: { kind: "staff" }, data });
  }
}

function refuseHaste(askedAt: readonly number[], now: number): Refusal | null {
  const recent = askedAt.filter((at) => at > now - askRate.windowMs).sort((a, b) => b - a);
  // The question that must leave the window before another may enter it.
  const blocking = recent[askRate.questions - 1];
  if (blocking === undefined) return null;
  return refuse("too-many-requests", {
    detail: "You are asking too fast",
    retryAfterSeconds: Math.max(1, Math.ceil((blocking + askRate.windowMs - now) / 1000)),
  });
}
