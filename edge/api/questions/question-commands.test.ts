import { expect, test } from "vitest";
import type { CommitResult } from "../../protocol/internal-rooms.ts";
import { refKey } from "../session-log/commit-plan.ts";
import type { CommitPerson, CommitSession } from "../session-log/session-planner.ts";
import { codesOf, planWith, saidBy, testCommand, testNow, testPerson } from "../session-log/test-plan.ts";
import { QuestionBook, type QuestionFacts } from "./question-book.ts";
import type { QuestionState } from "./question-state.ts";
import { questionsFeature } from "./questions-feature.ts";

const author = (id: string) => ({ id, name: id.slice(4), role: "attendee", avatarUrl: null }) as const;
const people = [
  testPerson("usr_a"),
  testPerson("usr_b"),
  testPerson("usr_host", { memberRole: "speaker" }),
  testPerson("usr_mod", { memberRole: "moderator" }),
];

const question = (more: Partial<QuestionState> = {}): QuestionState => ({
  id: "qst_a",
  sessionId: "ses_a",
  asker: author("usr_a"),
  anonymous: false,
  askerVisible: false,
  text: "Why?",
  status: "visible",
  upvotes: 0,
  pinned: false,
  answering: false,
  answer: null,
  messageId: null,
  createdAt: testNow,
  ...more,
});

function plan(
  facts: Partial<QuestionFacts>,
  commands: ReturnType<typeof testCommand>[],
  session: Partial<CommitSession> = {},
  who: CommitPerson[] = people,
) {
  const book = new QuestionBook({ questions: [], upvotes: [], messages: [], askedAt: new Map(), ...facts });
  return { book, ...planWith(questionsFeature, book, who, commands, { session }) };
}
const ask = (userId: string, text = "Why?", anonymous = false) =>
  testCommand(userId, "question:ask", { text, anonymous });
const upvote = (userId: string, questionId = "qst_a") =>
  testCommand(userId, "question:upvote", { questionId });
const unvote = (userId: string, questionId = "qst_a") =>
  testCommand(userId, "question:unvote", { questionId });
const change = (data: object, questionId = "qst_a", userId = "usr_host") =>
  testCommand(userId, "question:change", { questionId, ...data });

test("a question is told to everyone; where questions are moderated, to its asker and the team", () => {
  const open = plan({}, [ask("usr_a")]);
  expect(saidBy(open)).toEqual(["question:new to all"]);
  expect(open.results[0]).toMatchObject({ ack: { status: "visible", user: { id: "usr_a" }, upvotes: 0 } });
  const moderated = plan({}, [ask("usr_a"), ask("usr_host")], { questionsModerated: true });
  expect(saidBy(moderated)).toEqual(["question:new to team+usr_a", "question:new to all"]);
  expect(moderated.results[0]).toMatchObject({ ack: { status: "pending" } });
  expect(codesOf(plan({}, [ask("usr_a")], { questionsEnabled: false }))).toEqual(["questions-disabled"]);
});

test("who asks anonymously stands in nothing that is said, unless staff may see it", () => {
  const secret = plan({}, [ask("usr_a", "Who am I?", true)]);
  expect(secret.results[0]).toMatchObject({ ack: { user: null } });
  expect(JSON.stringify([secret.events.map(({ data }) => data), secret.results])).not.toContain("usr_a");
  const told = plan({}, [ask("usr_a", "Who am I?", true)], { askersVisibleToStaff: true });
  expect(saidBy(told)).toEqual(["question:new to all", "question:asker to staff"]);
  expect(told.events[1]?.data).toMatchObject({ user: { id: "usr_a" } });
  expect(JSON.stringify(told.events[0]?.data)).not.toContain("usr_a");
});

test("muted people may not ask; the shadow-muted are told as if, and only the team hears", () => {
  const muted = testPerson("usr_m", { mute: { until: testNow + 5000, shadow: false } });
  const shadow = testPerson("usr_s", { mute: { until: testNow + 5000, shadow: true } });
  const result = plan({}, [ask("usr_m"), ask("usr_s")], {}, [muted, shadow]);
  expect(codesOf(result)).toEqual(["muted", "ok"]);
  expect(result.results[1]).toMatchObject({ ack: { status: "visible" } });
  expect(saidBy(result)).toEqual(["question:new to usr_s", "question:new to team"]);
  expect(result.book.changes().asked).toMatchObject([{ status: "pending" }]);
});

test("words that a session does not want are held or refused in questions too", () => {
  const blockedWords = ["darn"];
  const held = plan({}, [ask("usr_a", "Why, DARN it?")], { version: 101, blockedWords });
  expect(saidBy(held)).toEqual(["question:new to team+usr_a"]);
  const refused = plan({}, [ask("usr_a", "Why, DARN it?")], {
    version: 102,
    blockedWords,
    blockedWordsAction: "refuse",
  });
  expect(codesOf(refused)).toEqual(["words-refused"]);
});

test("five questions in a minute, counting those of the same batch; the team is exempt", () => {
  const asked = new Map([["usr_a", [testNow - 59_000, testNow - 61_000]]]);
  const hasty = plan(
    { askedAt: asked },
    [1, 2, 3, 4, 5].map((n) => ask("usr_a", `Why ${n}?`)),
  );
  expect(codesOf(hasty)).toEqual(["ok", "ok", "ok", "ok", "too-many-requests"]);
  expect(hasty.results[4]).toMatchObject({ problem: { retryAfterSeconds: 1 } });
  expect(
    codesOf(
      plan(
        {},
        Array.from({ length: 7 }, () => ask("usr_host")),
      ),
    ),
  ).toEqual(Array(7).fill("ok"));
});

test("an upvote counts once a person, and can be taken back once", () => {
  const result = plan({ questions: [question()] }, [
    upvote("usr_a"),
    upvote("usr_a"),
    upvote("usr_b"),
    unvote("usr_a"),
    unvote("usr_a"),
    unvote("usr_host"),
  ]);
  expect(result.results.map((one) => one.ok && one.ack)).toMatchObject([
    { upvotes: 1, upvoted: true },
    { upvotes: 1, upvoted: true },
    { upvotes: 2, upvoted: true },
    { upvotes: 1, upvoted: false },
    { upvotes: 1, upvoted: false },
    { upvotes: 1, upvoted: false },
  ]);
  expect(result.events, "upvotes are no events").toEqual([]);
  expect(result.totals).toEqual([{ kind: "question", total: { questionId: "qst_a", upvotes: 1 } }]);
  expect(result.personal.map(({ userId }) => userId)).toEqual(["usr_a", "usr_b", "usr_a"]);
  expect(result.book.changes()).toMatchObject({
    added: [{ userId: "usr_b" }],
    removed: [],
    moved: [{ questionId: "qst_a", upvotes: 1, pinned: 0 }],
  });
});

test("an upvote from before the batch is known", () => {
  const upvotes = [{ questionId: "qst_a", userId: "usr_a" }];
  const questions = [question({ upvotes: 1 })];
  expect(plan({ questions, upvotes }, [upvote("usr_a")]).book.changes().changed).toEqual([]);
  expect(plan({ questions, upvotes }, [unvote("usr_a")]).book.changes()).toMatchObject({
    changed: [{ upvotes: 0 }],
    removed: upvotes,
    added: [],
  });
});

test("what is not shown cannot be upvoted, and is not even there for others", () => {
  const pending = { questions: [question({ status: "pending" })] };
  const commands = [upvote("usr_b"), upvote("usr_a"), upvote("usr_host"), upvote("usr_b", "__proto__")];
  expect(codesOf(plan(pending, commands))).toEqual(["not-found", "conflict", "conflict", "not-found"]);
  expect(codesOf(plan({ questions: [question({ status: "archived" })] }, [upvote("usr_b")]))).toEqual([
    "not-found",
  ]);
  expect(codesOf(plan({ questions: [question()] }, [upvote("usr_b")], { questionsEnabled: false }))).toEqual([
    "questions-disabled",
  ]);
});

test("a pending question appears to everyone when it is let through, and to nobody else when it is not", () => {
  const pending = { questions: [question({ status: "pending", anonymous: true })] };
  const shown = plan(pending, [change({ status: "visible" })]);
  expect(saidBy(shown)).toEqual(["question:new to all"]);
  expect(shown.events[0]?.data).toMatchObject({ user: null, status: "visible" });
  expect(saidBy(plan(pending, [change({ status: "archived" })]))).toEqual(["question:updated to team+usr_a"]);
  expect(saidBy(plan(pending, [change({ answer: "So." })]))).toEqual(["question:new to all"]);
  const taken = plan({ questions: [question()] }, [change({ status: "archived" })]);
  expect(saidBy(taken), "who has it must hear that it is gone").toEqual(["question:updated to all"]);
});

test("an answer makes a question answered, unless something else is said", () => {
  const answered = plan({ questions: [question({ answering: true })] }, [change({ answer: "Because." })]);
  expect(answered.results[0]).toMatchObject({
    ack: { status: "answered", answer: "Because.", answering: false },
  });
  const kept = plan({ questions: [question()] }, [change({ answer: "Because.", status: "visible" })]);
  expect(kept.results[0]).toMatchObject({ ack: { status: "visible", answer: "Because." } });
  const unsaid = plan({ questions: [question({ status: "answered", answer: "x" })] }, [
    change({ answer: null }),
  ]);
  expect(unsaid.results[0]).toMatchObject({ ack: { status: "answered", answer: null } });
});

test("one question is being answered at a time: the former is told to be no longer", () => {
  const questions = [question({ answering: true }), question({ id: "qst_b" }), question({ id: "qst_c" })];
  const result = plan({ questions }, [
    change({ answering: true }, "qst_b"),
    change({ answering: true }, "qst_c"),
    change({ answering: true }, "qst_c"),
  ]);
  expect(result.events.map(({ data }) => data)).toMatchObject([
    { id: "qst_a", answering: false },
    { id: "qst_b", answering: true },
    { id: "qst_b", answering: false },
    { id: "qst_c", answering: true },
  ]);
  expect(result.book.changes().noLongerAnswering).toEqual(["qst_a"]);
});

test("what is not shown is neither pinned nor being answered", () => {
  const pinned = plan({ questions: [question({ pinned: true, answering: true })] }, [
    change({ status: "archived" }),
  ]);
  expect(pinned.results[0]).toMatchObject({ ack: { pinned: false, answering: false } });
  expect(pinned.book.changes().moved).toMatchObject([{ pinned: -1 }]);
  const pending = { questions: [question({ status: "pending" })] };
  expect(codesOf(plan(pending, [change({ pinned: true }), change({ answering: true })]))).toEqual([
    "conflict",
    "conflict",
  ]);
  expect(codesOf(plan(pending, [change({ pinned: true, status: "visible" })]))).toEqual(["ok"]);
});

test("a change that changes nothing makes no event, and an absent question is not there", () => {
  const same = plan({ questions: [question()] }, [change({ status: "visible", pinned: false }), change({})]);
  expect([codesOf(same), same.events, same.audits]).toEqual([["ok", "ok"], [], []]);
  expect(codesOf(plan({}, [change({ pinned: true }), upvote("usr_a"), unvote("usr_a")]))).toEqual(
    Array(3).fill("not-found"),
  );
});

test("members do not decide about questions", () => {
  const commands = [change({ pinned: true }, "qst_a", "usr_b"), fromMessage("usr_b")];
  expect(codesOf(plan({ questions: [question()] }, commands))).toEqual(["forbidden", "forbidden"]);
});

test("a message becomes a question of its author's, once", () => {
  const messages = [{ id: "msg_a", author: author("usr_b"), text: "But why?" }];
  const result = plan({ messages }, [fromMessage("usr_host"), fromMessage("usr_mod")], {
    questionsModerated: true,
  });
  expect(saidBy(result)).toEqual(["question:new to all"]);
  expect(result.results[0]).toMatchObject({
    ack: { user: { id: "usr_b" }, text: "But why?", status: "visible", messageId: "msg_a" },
  });
  expect(result.results[1]).toEqual(result.results[0]);
  expect(result.audits.map(({ act }) => act.action)).toEqual(["question.made-of-message"]);
  expect(codesOf(plan({}, [fromMessage("usr_host")]))).toEqual(["not-found"]);
});

test("the log of acts does not tell who asked anonymously", () => {
  const { audits } = plan({ questions: [question({ anonymous: true })] }, [change({ pinned: true })]);
  expect(audits).toMatchObject([{ actorId: "usr_host", act: { action: "question.changed" } }]);
  expect(JSON.stringify(audits)).not.toContain("usr_a");
});

function fromMessage(userId: string) {
  return testCommand(userId, "question:from-message", { messageId: "msg_a" });
}

test("an upvote that is sent again under its ref is told again as it is now, and not counted again", () => {
  const answered = new Map<string, CommitResult>([[refKey("usr_a", "up"), { ok: true, ack: "as then" }]]);
  const book = new QuestionBook({
    questions: [question({ upvotes: 4 })],
    upvotes: [{ questionId: "qst_a", userId: "usr_a" }],
    messages: [],
    askedAt: new Map(),
  });
  const again = testCommand("usr_a", "question:upvote", { questionId: "qst_a" }, "up");
  const { results, totals, personal } = planWith(questionsFeature, book, [testPerson("usr_a")], [again], {
    answered,
  });
  expect(results).toEqual([{ ok: true, ack: "as then" }]);
  expect(totals).toEqual([{ kind: "question", total: { questionId: "qst_a", upvotes: 4 } }]);
  expect(personal).toEqual([
    {
      type: "question:upvoted",
      userId: "usr_a",
      data: { questionId: "qst_a", upvotes: 4, upvoted: true },
    },
  ]);
});
