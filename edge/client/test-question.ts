import type { Question } from "../protocol/questions.ts";

/** A question whose id is its text. */
export function testQuestion(id: string, more: Partial<Question> = {}): Question {
  return {
    id,
    sessionId: "ses_1",
    user: null,
    text: id,
    status: "visible",
    upvotes: 0,
    upvoted: false,
    pinned: false,
    answering: false,
    answer: null,
    messageId: null,
    createdAt: "2026-01-01T10:00:00Z",
    ...more,
  };
}
