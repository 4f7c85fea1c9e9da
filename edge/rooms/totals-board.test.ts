import { expect, test } from "vitest";
import type { SessionTotal } from "../protocol/internal-rooms.ts";
import type { Poll } from "../protocol/polls.ts";
import { TotalsBoard } from "./totals-board.ts";

const votes = (pollId: string, totalVotes: number, hidden = false): SessionTotal => ({
  kind: "poll",
  total: { pollId, totalVotes, options: [{ id: "opt_a", votes: totalVotes }] },
  hidden,
});
const upvotes = (questionId: string, count: number): SessionTotal => ({
  kind: "question",
  total: { questionId, upvotes: count },
});
const poll = (change: Partial<Poll>): Poll => ({
  id: "pol_a",
  sessionId: "ses_a",
  question: "?",
  options: [{ id: "opt_a", text: "A", votes: 3 }],
  status: "open",
  multiple: false,
  hideResults: false,
  totalVotes: 3,
  myVote: null,
  closesAt: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  ...change,
});

test("the newest total counts, and the same again is no news", () => {
  const board = new TotalsBoard();
  expect(board.put(votes("pol_a", 1))).toBe(true);
  expect(board.put(votes("pol_a", 1))).toBe(false);
  expect(board.put(votes("pol_a", 2))).toBe(true);
  expect(board.all()).toEqual([votes("pol_a", 2)]);
});

test("those that changed last are the newest", () => {
  const board = new TotalsBoard();
  for (const total of [upvotes("qst_a", 1), upvotes("qst_b", 1), upvotes("qst_a", 2)]) board.put(total);
  expect(board.newest(1)).toEqual([upvotes("qst_a", 2)]);
  expect(board.newest(9)).toEqual([upvotes("qst_b", 1), upvotes("qst_a", 2)]);
});

test("a poll that is closed shows what was hidden", () => {
  const board = new TotalsBoard();
  board.put(votes("pol_a", 3, true));
  board.see({ type: "poll:updated", data: poll({ status: "closed", hideResults: true }) });
  expect(board.get("pol_a")).toEqual(votes("pol_a", 3));
});

test("an event that hides the results does not forget them", () => {
  const board = new TotalsBoard();
  board.put(votes("pol_a", 3, true));
  const hidden = poll({ hideResults: true, options: [{ id: "opt_a", text: "A", votes: null }] });
  board.see({ type: "poll:updated", data: hidden });
  expect(board.get("pol_a")).toEqual(votes("pol_a", 3, true));
});

test("an archived poll is forgotten, and so are the oldest of very many", () => {
  const board = new TotalsBoard();
  board.put(votes("pol_a", 3));
  board.see({ type: "poll:updated", data: poll({ status: "archived" }) });
  expect(board.all()).toEqual([]);
  for (let n = 0; n < 2500; n++) board.put(upvotes(`qst_${n}`, 1));
  expect(board.all().length).toBe(2000);
  expect(board.get("qst_0")).toBeUndefined();
});
