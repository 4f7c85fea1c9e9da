import type { SessionFeature } from "../session-log/session-planner.ts";
import { QuestionBook } from "./question-book.ts";
import { planQuestionCommand, type QuestionCommand, repeatQuestionCommand } from "./question-commands.ts";
import { readAsked, readQuestionsNamed, readSaid, readUpvotes } from "./question-facts.ts";
import { writeQuestions } from "./question-writes.ts";

/** Questions, as a part of a session's commits. */
export const questionsFeature: SessionFeature<QuestionCommand, QuestionBook> = {
  types: ["question:ask", "question:from-message", "question:upvote", "question:unvote", "question:change"],
  async load(tx, session, commands) {
    const named: { questionId: string; userId: string }[] = [];
    const messageIds = new Set<string>();
    const askers = new Set<string>();
    for (const command of commands) {
      if (command.type === "question:ask") askers.add(command.userId);
      else if (command.type === "question:from-message") messageIds.add(command.data.messageId);
      else named.push({ questionId: command.data.questionId, userId: command.userId });
    }
    const ids = [...new Set(named.map(({ questionId }) => questionId))];
    const [questions, upvotes, messages, askedAt] = await Promise.all([
      ids.length + messageIds.size > 0 ? readQuestionsNamed(tx, session.id, ids, [...messageIds]) : [],
      named.length > 0 ? readUpvotes(tx, named) : [],
      messageIds.size > 0 ? readSaid(tx, session.id, [...messageIds]) : [],
      askers.size > 0 ? readAsked(tx, session.id, [...askers]) : new Map<string, number[]>(),
    ]);
    return new QuestionBook({ questions, upvotes, messages, askedAt });
  },
  plan: planQuestionCommand,
  repeat: repeatQuestionCommand,
  write: (tx, session, book, at) => writeQuestions(tx, session.id, book.changes(), at),
};
