import { expect, test } from "vitest";
import { testQuestion } from "../../client/test-question.ts";
import type { Question } from "../../protocol/questions.ts";
import { heldOrder, questionOrder } from "./question-order.ts";

const questions = [
  testQuestion("answered", { status: "answered", upvotes: 90 }),
  testQuestion("old", { upvotes: 5, createdAt: "2026-01-01T09:00:00Z" }),
  testQuestion("new", { upvotes: 2 }),
  testQuestion("pinned", { pinned: true }),
  testQuestion("answering", { answering: true }),
  testQuestion("pending", { status: "pending" }),
  testQuestion("gone", { status: "archived" }),
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
