import { expect, test } from "vitest";
import { testQuestion } from "../../client/test-question.ts";
import type { Poll } from "../../protocol/polls.ts";
import type { Question } from "../../protocol/questions.ts";
import { momentsOf } from "./moments.ts";
import { replayClock } from "./replay-clock.ts";

const start = Date.parse("2027-01-01T12:00:00Z");
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
const question = (id: string, seconds: number, more: Partial<Question> = {}) =>
  testQuestion(id, { createdAt: at(seconds), ...more });
const poll = (seconds: number, votes: (number | null)[], totalVotes: number): Poll => ({
  id: "pol_1",
  sessionId: "ses_1",
  question: "Where are you?",
  options: votes.map((count, index) => ({ id: `opt_${index}`, text: `Place ${index}`, votes: count })),
  status: "closed",
  multiple: false,
  hideResults: false,
  totalVotes,
  myVote: null,
  closesAt: null,
  createdAt: at(seconds),
});
const base = { clock: replayClock([], start), startedAt: start, endedAt: start + 3_600_000 };

test("questions and polls stand in the order in which they came up", () => {
  const moments = momentsOf({
    ...base,
    questions: [question("late", 300), question("early", 5)],
    polls: [poll(60, [3, 1], 4)],
  });
  expect(moments.map(({ title, positionSeconds }) => [title, positionSeconds])).toEqual([
    ["early", 5],
    ["Where are you?", 60],
    ["late", 300],
  ]);
  expect(moments[1]?.detail).toBe("Place 0 75 % · Place 1 25 %");
});

test("a poll whose results are hidden, or that has none, shows its options alone", () => {
  expect(momentsOf({ ...base, questions: [], polls: [poll(1, [null, null], 7)] })[0]?.detail).toBe(
    "Place 0 · Place 1",
  );
  expect(momentsOf({ ...base, questions: [], polls: [poll(1, [0, 0], 0)] })[0]?.detail).toBe(
    "Place 0 · Place 1",
  );
});

test("what was asked before the first picture stands at the beginning, another broadcast's is left out", () => {
  const questions = [question("waiting", -600), question("yesterday", -86_400), question("tomorrow", 86_400)];
  const moments = momentsOf({ ...base, questions, polls: [] });
  expect(moments.map(({ title, positionSeconds }) => [title, positionSeconds])).toEqual([["waiting", 0]]);
});

test("an answer stands in place of who asked", () => {
  const questions = [question("plain", 1), question("answered", 2, { answer: "Yes, tomorrow." })];
  expect(momentsOf({ ...base, questions, polls: [] }).map(({ detail }) => detail)).toEqual([
    "Anonymous",
    "Yes, tomorrow.",
  ]);
});
