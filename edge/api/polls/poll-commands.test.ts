import { expect, test } from "vitest";
import type { CommitResult } from "../../protocol/internal-rooms.ts";
import type { SessionCommandOf } from "../../protocol/session-commands.ts";
import { beginPlan, refKey } from "../session-log/commit-plan.ts";
import type { CommitPerson, CommitSession, Outcome } from "../session-log/session-planner.ts";
import { planWith, testCommand, testNow, testPerson, testSession } from "../session-log/test-plan.ts";
import { PollBook } from "./poll-book.ts";
import { type PollCommand, planPollCommand } from "./poll-commands.ts";
import type { PollState } from "./poll-state.ts";
import { pollsFeature } from "./polls-feature.ts";

const ada = testPerson("usr_a");
const bob = testPerson("usr_b");
const host = testPerson("usr_host", { memberRole: "speaker" });
const soon = testNow + 1000;

const poll = (more: Partial<PollState> = {}): PollState => ({
  id: "pol_a",
  sessionId: "ses_a",
  question: "Tea or coffee?",
  options: [
    { id: "opt_tea", text: "Tea", votes: 0 },
    { id: "opt_coffee", text: "Coffee", votes: 0 },
    { id: "opt_none", text: "Neither", votes: 0 },
  ],
  multiple: false,
  hideResults: false,
  status: "open",
  closesAt: null,
  voters: 0,
  createdAt: testNow,
  ...more,
});

function planning(polls: PollState[], session: Partial<CommitSession> = {}, now = testNow) {
  const book = new PollBook({ polls, votes: [] });
  const { plan, context } = beginPlan({ now, session: testSession(session), people: new Map() });
  let refs = 0;
  const send = (person: CommitPerson, command: object) =>
    planPollCommand(
      { userId: person.id, ref: `${++refs}`, ...command } as PollCommand,
      person,
      book,
      context,
    );
  return {
    book,
    plan,
    vote: (person: CommitPerson, ...optionIds: string[]) =>
      send(person, { type: "poll:vote", data: { pollId: "pol_a", optionIds } }),
    change: (data: Omit<SessionCommandOf<"poll:change">["data"], "pollId">) =>
      send(host, { type: "poll:change", data: { pollId: "pol_a", ...data } }),
    create: (data: Partial<SessionCommandOf<"poll:create">["data"]> = {}) =>
      send(host, {
        type: "poll:create",
        data: {
          question: "Why?",
          options: ["So", "Or so"],
          multiple: false,
          hideResults: false,
          status: "open",
          ...data,
        },
      }),
    figures: (id = "pol_a") => {
      const { voters, options } = book.poll(id)!;
      return [voters, ...options.map(({ votes }) => votes)];
    },
  };
}
const code = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.code);

test("a vote counts, a changed vote moves, and the same vote again changes nothing", () => {
  const { vote, figures, book, plan } = planning([poll()]);
  expect(vote(ada, "opt_tea")).toEqual({ ok: true, ack: { pollId: "pol_a", optionIds: ["opt_tea"] } });
  expect(code(vote(bob, "opt_tea"))).toBe("ok");
  expect(figures()).toEqual([2, 2, 0, 0]);
  vote(ada, "opt_coffee");
  expect(figures()).toEqual([2, 1, 1, 0]);
  vote(ada, "opt_coffee");
  expect(figures()).toEqual([2, 1, 1, 0]);
  expect(book.changes()).toMatchObject({
    added: [
      { userId: "usr_a", optionId: "opt_coffee" },
      { userId: "usr_b", optionId: "opt_tea" },
    ],
    removed: [],
  });
  expect(plan.events, "votes are no events").toEqual([]);
  expect(plan.totals.at(-1)).toMatchObject({ kind: "poll", hidden: false, total: { totalVotes: 2 } });
  expect(plan.personal[0]).toMatchObject({ type: "poll:voted", userId: "usr_a" });
});

test("what was voted before the batch is taken back by the ticks that differ alone", () => {
  const before = poll({ multiple: true, voters: 1 });
  before.options[0]!.votes = 1;
  before.options[1]!.votes = 1;
  const book = new PollBook({
    polls: [before],
    votes: [{ pollId: "pol_a", userId: "usr_a", optionIds: ["opt_coffee", "opt_tea"] }],
  });
  const facts = { now: testNow, session: testSession(), people: new Map() };
  const command = {
    userId: "usr_a",
    ref: "1",
    type: "poll:vote" as const,
    data: { pollId: "pol_a", optionIds: ["opt_none", "opt_tea"] },
  };
  const outcome = planPollCommand(command, ada, book, beginPlan(facts).context);
  expect(outcome).toMatchObject({ ack: { optionIds: ["opt_tea", "opt_none"] } });
  const { added, removed, counted } = book.changes();
  expect([added, removed]).toMatchObject([[{ optionId: "opt_none" }], [{ optionId: "opt_coffee" }]]);
  expect(counted[0]).toMatchObject({ voters: 1, options: [{ votes: 1 }, { votes: 0 }, { votes: 1 }] });
  expect(before.options[2]!.votes, "what was read stays as it was").toBe(0);
});

test("votes that cannot count are refused, each with its reason, and count nothing", () => {
  const single = planning([poll()]);
  expect(single.vote(ada, "opt_other")).toMatchObject({
    code: "invalid",
    options: { errors: [{ pointer: "/optionIds/0", detail: "is not an option of this poll" }] },
  });
  expect(single.vote(ada, "__proto__")).toMatchObject({ code: "invalid" });
  expect(single.vote(ada, "opt_tea", "opt_coffee")).toMatchObject({ code: "invalid" });
  expect(single.figures()).toEqual([0, 0, 0, 0]);
  expect(code(planning([]).vote(ada, "opt_tea"))).toBe("not-found");
  expect(code(planning([poll({ status: "draft" })]).vote(ada, "opt_tea"))).toBe("not-found");
  expect(code(planning([poll({ status: "draft" })]).vote(host, "opt_tea"))).toBe("poll-not-open");
  expect(code(planning([poll({ status: "archived" })]).vote(ada, "opt_tea"))).toBe("not-found");
  expect(code(planning([poll({ status: "closed" })]).vote(ada, "opt_tea"))).toBe("poll-not-open");
  expect(code(planning([poll()], { pollsEnabled: false }).vote(ada, "opt_tea"))).toBe("polls-disabled");
});

test("a poll past its time is closed although its row says open", () => {
  expect(code(planning([poll({ closesAt: testNow })]).vote(ada, "opt_tea"))).toBe("poll-not-open");
  expect(code(planning([poll({ closesAt: soon })]).vote(ada, "opt_tea"))).toBe("ok");
});

test("closing in the same batch refuses the votes behind it", () => {
  const { vote, change, figures } = planning([poll()]);
  const outcomes = [vote(ada, "opt_tea"), change({ status: "closed" }), vote(bob, "opt_tea")];
  expect(outcomes.map(code)).toEqual(["ok", "ok", "poll-not-open"]);
  expect(figures()).toEqual([1, 1, 0, 0]);
});

test("hidden figures are not in the events before the one that closes the poll", () => {
  const { vote, change, plan } = planning([poll({ hideResults: true })]);
  vote(ada, "opt_tea");
  change({ closesAt: new Date(soon).toISOString() });
  change({ status: "closed" });
  expect(plan.events.map(({ data }) => data)).toMatchObject([
    {
      status: "open",
      totalVotes: 1,
      myVote: null,
      options: [{ votes: null }, { votes: null }, { votes: null }],
    },
    { status: "closed", totalVotes: 1, myVote: null, options: [{ votes: 1 }, { votes: 0 }, { votes: 0 }] },
  ]);
  expect(plan.totals, "the newest alone").toMatchObject([{ hidden: false, total: { totalVotes: 1 } }]);
});

test("a poll is told to everyone when it is open, a draft to the team until then", () => {
  const { create, plan, book } = planning([]);
  const open = create();
  expect(open).toMatchObject({ ok: true, ack: { status: "open", totalVotes: 0, myVote: null } });
  const draft = create({ status: "draft", hideResults: true });
  expect(draft).toMatchObject({ ack: { options: [{ votes: 0 }, { votes: 0 }] } });
  expect(plan.events.map(({ type, audience }) => [type, audience.kind])).toEqual([
    ["poll:new", "all"],
    ["poll:new", "team"],
  ]);
  expect(book.changes().created.length).toBe(2);
  expect(plan.audits.map(({ act }) => act.action)).toEqual(["poll.created", "poll.created"]);
  expect(code(create({ closesAt: new Date(testNow).toISOString() }))).toBe("invalid");
  expect(code(planning([], { pollsEnabled: false }).create())).toBe("polls-disabled");
});

test("a draft is edited and opened, which is when everyone hears of it", () => {
  const { change, plan, book } = planning([poll({ status: "draft" })]);
  expect(change({ question: "Tea?", options: ["Yes", "No"] })).toMatchObject({
    ack: { question: "Tea?", status: "draft", options: [{ text: "Yes" }, { text: "No" }] },
  });
  change({ status: "open" });
  expect(plan.events.map(({ type, audience }) => [type, audience.kind])).toEqual([
    ["poll:updated", "team"],
    ["poll:new", "all"],
  ]);
  expect(book.changes()).toMatchObject({ changed: [{ status: "open" }], rewritten: [{ id: "pol_a" }] });
});

test("moves that are none, and edits of what was asked already, are refused", () => {
  const outcome = (status: PollState["status"], data: Parameters<ReturnType<typeof planning>["change"]>[0]) =>
    code(planning([poll({ status })]).change(data));
  expect(outcome("open", { status: "draft" })).toBe("illegal-move");
  expect(outcome("draft", { status: "closed" })).toBe("illegal-move");
  expect(outcome("archived", { status: "open" })).toBe("illegal-move");
  expect(outcome("open", { question: "Else?" })).toBe("conflict");
  expect(outcome("closed", { options: ["a", "b"] })).toBe("conflict");
  expect(outcome("closed", { closesAt: new Date(soon).toISOString() })).toBe("conflict");
  expect(outcome("open", { closesAt: new Date(testNow - 1).toISOString() })).toBe("invalid");
  expect(code(planning([]).change({ status: "open" }))).toBe("not-found");
  expect(
    code(planning([poll({ status: "closed" })], { pollsEnabled: false }).change({ status: "open" })),
  ).toBe("polls-disabled");
});

test("a change that changes nothing makes no event", () => {
  const { change, plan, book } = planning([poll()]);
  expect(code(change({ status: "open", closesAt: null }))).toBe("ok");
  expect([plan.events, plan.audits, book.changes().changed]).toEqual([[], [], []]);
});

test("what time has closed is written down as closed, and opened again it waits for somebody to close it", () => {
  const lapsed = () => poll({ closesAt: testNow - 1, hideResults: true });
  const settled = planning([lapsed()]);
  expect(settled.change({ status: "closed" })).toMatchObject({ ack: { status: "closed" } });
  expect(settled.plan.events).toMatchObject([
    {
      type: "poll:updated",
      audience: { kind: "all" },
      data: { status: "closed", options: [{ votes: 0 }, {}, {}] },
    },
  ]);
  const reopened = planning([lapsed()]);
  expect(reopened.change({ status: "open" })).toMatchObject({ ack: { status: "open", closesAt: null } });
  expect(code(reopened.vote(ada, "opt_tea"))).toBe("ok");
});

test("a vote that is sent again under its ref is told again as it is now, and not counted again", () => {
  const book = new PollBook({
    polls: [poll({ hideResults: true, voters: 1 })],
    votes: [{ pollId: "pol_a", userId: ada.id, optionIds: ["opt_coffee"] }],
  });
  const again = testCommand(ada.id, "poll:vote", { pollId: "pol_a", optionIds: ["opt_tea"] }, "vote");
  const answered = new Map<string, CommitResult>([[refKey(ada.id, "vote"), { ok: true, ack: "as then" }]]);
  const { results, totals, personal, events } = planWith(pollsFeature, book, [ada], [again], { answered });
  expect(results).toEqual([{ ok: true, ack: "as then" }]);
  expect(totals).toMatchObject([{ kind: "poll", hidden: true, total: { pollId: "pol_a", totalVotes: 1 } }]);
  expect(personal).toEqual([
    { type: "poll:voted", userId: ada.id, data: { pollId: "pol_a", optionIds: ["opt_coffee"] } },
  ]);
  expect([events, book.changes()]).toEqual([[], new PollBook({ polls: [], votes: [] }).changes()]);
});
