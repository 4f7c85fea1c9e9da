import { expect, test } from "vitest";
import type { Question } from "../../protocol/questions.ts";
import { heldOrder, questionOrder } from "./question-order.ts";

const question = (id: string, more: Partial<Question> = {}): Question => ({
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
});
const questions = [
  question("answered", { status: "answered", upvotes: 90 }),
  question("old", { upvotes: 5, createdAt: "2026-01-01T09:00:00Z" }),
  question("new", { upvotes: 2 }),
  question("pinned", { pinned: true }),
  question("answering", { answering: true }),
  question("pending", { status: "pending" }),
  question("gone", { status: "archived" }),
];
const ids = (list: Question[]) => list.map(({ id }) => id);

test("what is on stage and pinned comes before the rest, what is answered after it", () => {
  expect(ids(questionOrder(questions, "top"))).toEqual([
    "pending",
    "answering",
    "pinned",
    "old",
    "new",
    "answered",
  ]);
});

test("by time the latest comes first", () => {
  expect(ids(questionOrder(questions, "new")).slice(3, 5)).toEqual(["new", "old"]);
});

test("a held order stays as it is, and new ones come behind", () => {
  const held = heldOrder(questionOrder(questions, "top"), ["new", "old", "pinned"]);
  expect(ids(held).slice(0, 3)).toEqual(["new", "old", "pinned"]);
});
