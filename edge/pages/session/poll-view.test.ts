import { describe, expect, test } from "vitest";
import type { Poll } from "../../protocol/polls.ts";
import { countdownWords, type PollFacts, pollOrder, pollView, wholePercents } from "./poll-view.ts";

const now = Date.parse("2026-01-01T10:00:00Z");
const poll = (more: Partial<Poll> = {}, votes: (number | null)[] = [3, 1]): Poll => ({
  id: "pol_1",
  sessionId: "ses_1",
  question: "Tea?",
  options: votes.map((count, index) => ({ id: `opt_${index}`, text: `Option ${index}`, votes: count })),
  status: "open",
  multiple: false,
  hideResults: false,
  totalVotes: votes.reduce<number>((sum, count) => sum + (count ?? 0), 0),
  myVote: null,
  closesAt: null,
  createdAt: "2026-01-01T09:00:00Z",
  ...more,
});
const view = (shown: Poll, more: Partial<PollFacts> = {}) =>
  pollView({ poll: shown, now, mayVote: true, team: false, changing: false, peeking: false, ...more });

describe("a poll", () => {
  test("is to be chosen from first, then shows its results, and can be chosen from anew", () => {
    expect(view(poll())).toMatchObject({ face: "choose", canVote: true, canChange: false });
    const voted = poll({ myVote: ["opt_0"] });
    expect(view(voted)).toMatchObject({ face: "results", canVote: false, canChange: true });
    expect(view(voted).options[0]).toMatchObject({ isMine: true, percent: 75, leads: true });
    expect(view(voted, { changing: true })).toMatchObject({
      face: "choose",
      canVote: true,
      canChange: false,
    });
  });

  test("may be looked at before voting, unless its results are hidden", () => {
    expect(view(poll())).toMatchObject({ face: "choose", canPeek: true });
    expect(view(poll(), { peeking: true })).toMatchObject({ face: "results", canVote: false, canPeek: true });
    expect(view(poll({}, [null, null]), { peeking: true })).toMatchObject({ face: "choose", canPeek: false });
    expect(view(poll({ myVote: ["opt_0"] }), { peeking: true })).toMatchObject({
      face: "results",
      canPeek: false,
    });
  });

  test("past its time is closed, whatever was said last", () => {
    const over = poll({ closesAt: "2026-01-01T10:00:00Z" });
    expect(view(over)).toMatchObject({ status: "closed", face: "results", canVote: false, canChange: false });
    expect(view(over).facts).toEqual(["4 votes", "closed"]);
    const soon = poll({ closesAt: "2026-01-01T10:01:05Z", totalVotes: 1, multiple: true });
    expect(view(soon).facts).toEqual(["1 vote", "several answers", "closes in 1:05"]);
  });

  test("whose results are hidden says when they show", () => {
    const hidden = poll({ hideResults: true, totalVotes: 4 }, [null, null]);
    expect(view(hidden).note).toBe("The results show once you have voted.");
    expect(view(hidden, { mayVote: false })).toMatchObject({ face: "results", canVote: false });
    expect(view(hidden, { mayVote: false }).note).toContain("Sign in");
    expect(view(hidden).options[0]).toMatchObject({ votes: null, percent: null, leads: false });
  });

  test("with several answers counts people, so shares may add up to more than a hundred", () => {
    const shares = view(poll({ multiple: true, totalVotes: 4 }, [4, 3])).options.map(
      ({ percent }) => percent,
    );
    expect(shares).toEqual([100, 75]);
  });

  test("that nobody has voted in has no leader", () => {
    expect(view(poll({}, [0, 0])).options.map(({ percent, leads }) => [percent, leads])).toEqual([
      [0, false],
      [0, false],
    ]);
  });
});

test("open polls come first, archived ones not at all", () => {
  const polls = [
    poll({ id: "pol_closed", status: "closed", createdAt: "2026-01-01T09:30:00Z" }),
    poll({ id: "pol_old", createdAt: "2026-01-01T08:00:00Z" }),
    poll({ id: "pol_gone", status: "archived" }),
    poll({ id: "pol_draft", status: "draft" }),
    poll({ id: "pol_new" }),
  ];
  expect(pollOrder(polls, now).map(({ id }) => id)).toEqual([
    "pol_new",
    "pol_old",
    "pol_draft",
    "pol_closed",
  ]);
});

test.each([
  [
    [1, 1, 1],
    [34, 33, 33],
  ],
  [
    [1, 2],
    [33, 67],
  ],
  [
    [0, 0],
    [0, 0],
  ],
  [[5], [100]],
  [
    [null, null],
    [null, null],
  ],
])("the shares of %j are %j", (votes, expected) => {
  expect(wholePercents(votes)).toEqual(expected);
});

test.each([
  [200, "0:01"],
  [9_000, "0:09"],
  [200_000, "3:20"],
  [3_725_000, "1:02:05"],
  [-5, "0:00"],
])("%i ms are shown as %s", (milliseconds, words) => {
  expect(countdownWords(milliseconds)).toBe(words);
});
