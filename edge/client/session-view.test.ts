import { describe, expect, test } from "vitest";
import type { ChatMessage } from "../protocol/chat.ts";
import type { Mine } from "../protocol/engagement.ts";
import type { Poll } from "../protocol/polls.ts";
import type { Question } from "../protocol/questions.ts";
import type { SessionSaid } from "./session-room.ts";
import {
  addedView,
  askedView,
  emptySessionView,
  keptMessages,
  nextView,
  type SessionView,
  startView,
} from "./session-view.ts";
import { testQuestion } from "./test-question.ts";

const sessionId = "ses_1";
const createdAt = "2026-01-01T10:00:00Z";
const person = (name: string) => ({ id: `usr_${name}`, name, role: "attendee" as const, avatarUrl: null });
const message = (seq: number, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id: `msg_${seq}`,
  seq,
  sessionId,
  user: person("jonas"),
  text: `line ${seq}`,
  replyTo: null,
  mentions: [],
  pinned: false,
  held: false,
  createdAt,
  ...more,
});
const poll = (more: Partial<Poll> = {}): Poll => ({
  id: "pol_1",
  sessionId,
  question: "Tea?",
  options: [
    { id: "opt_yes", text: "Yes", votes: 0 },
    { id: "opt_no", text: "No", votes: 0 },
  ],
  status: "open",
  multiple: false,
  hideResults: false,
  totalVotes: 0,
  myVote: null,
  closesAt: null,
  createdAt,
  ...more,
});
const question = (more: Partial<Question> = {}): Question =>
  testQuestion("qst_1", { sessionId, user: person("jonas"), text: "Why?", createdAt, ...more });
const nothing: Mine = { votes: {}, upvotes: [], asked: [], questions: [], messages: [], mutedUntil: null };
const standing = { staff: false, team: false, member: true };
const snapshot = { messages: [message(1)], pinned: [], polls: [poll()], questions: [question()] };

function joined(mine: Partial<Mine> = {}, view = emptySessionView): SessionView {
  return startView(view, { seq: 1, snapshot, mine: { ...nothing, ...mine }, standing });
}
function after(
  view: SessionView,
  ...said: (Omit<SessionSaid, "sessionId"> & { seq?: number })[]
): SessionView {
  return said.reduce(
    (now, one, index) => nextView(now, { seq: 10 + index, ...one, sessionId } as SessionSaid, "usr_ada"),
    view,
  );
}
const texts = ({ messages }: SessionView) => messages.map(({ text }) => text);

describe("chat", () => {
  test("stands in the order of the log, whatever order it came in, and only the newest of it", () => {
    const view = after(
      joined(),
      ...[4, 2, 3].map((seq) => ({ type: "chat:message" as const, data: message(seq) })),
    );
    expect(texts(view)).toEqual(["line 1", "line 2", "line 3", "line 4"]);
    let long = emptySessionView;
    for (let seq = 1; seq <= keptMessages + 20; seq++)
      long = after(long, { type: "chat:message", data: message(seq) });
    expect(long.messages.length).toBe(keptMessages);
    expect(long.messages[0]?.seq).toBe(21);
  });

  test("a held message that is approved moves to its new place", () => {
    const held = message(2, { held: true });
    const view = after(
      joined(),
      { type: "chat:held", data: held },
      { type: "chat:message", data: message(3) },
      { type: "chat:message", data: { ...held, held: false, seq: 4 } },
    );
    expect(view.messages.map(({ id, held }) => [id, held])).toEqual([
      ["msg_1", false],
      ["msg_3", false],
      ["msg_2", false],
    ]);
  });

  test("own held messages come with the join", () => {
    const view = joined({ messages: [message(2, { held: true })] });
    expect(view.messages.at(-1)).toMatchObject({ id: "msg_2", held: true, shadowed: false });
  });

  test("what a shadow-muted person says is marked for staff", () => {
    const view = after(joined(), { type: "chat:shadowed", data: message(2) });
    expect(view.messages.at(-1)).toMatchObject({ id: "msg_2", shadowed: true });
  });

  test("a deleted message is gone, its pin too", () => {
    const pinned = after(joined(), {
      type: "chat:pinned",
      data: { messageId: "msg_1", pinned: true, message: message(1, { pinned: true }) },
    });
    expect(pinned.pinned.map(({ id }) => id)).toEqual(["msg_1"]);
    expect(pinned.messages[0]?.pinned).toBe(true);
    const view = after(pinned, { type: "chat:deleted", data: { messageId: "msg_1" } });
    expect([view.messages, view.pinned]).toEqual([[], []]);
  });

  test("clearing takes what was said so far, of all or of one", () => {
    const view = after(joined(), { type: "chat:message", data: message(2, { user: person("eve") }) });
    const ofEve = after(view, { type: "chat:cleared", data: { userId: "usr_eve" } });
    expect(texts(ofEve)).toEqual(["line 1"]);
    expect(texts(after(view, { type: "chat:cleared", data: { userId: null } }))).toEqual([]);
    const early = after(view, { type: "chat:cleared", data: { userId: null }, seq: 1 });
    expect(texts(early)).toEqual(["line 2"]);
  });

  test("who has said something does not type any more", () => {
    const typing = after(joined(), { type: "chat:typing", data: { users: ["jonas", "eve"], count: 2 } });
    expect(typing.typing).toEqual({ users: ["jonas", "eve"], count: 2 });
    expect(after(typing, { type: "chat:message", data: message(2) }).typing).toEqual({
      users: ["eve"],
      count: 1,
    });
  });

  test("only one's own mute counts, and it can be lifted", () => {
    const mute = { name: "Ada", shadow: false, until: "2026-01-01T11:00:00Z" };
    const others = after(joined(), { type: "chat:muted", data: { ...mute, userId: "usr_eve" } });
    expect(others.mutedUntil).toBeNull();
    const own = after(joined(), { type: "chat:muted", data: { ...mute, userId: "usr_ada" } });
    expect(own.mutedUntil).toBe(mute.until);
    const lifted = after(own, { type: "chat:muted", data: { ...mute, userId: "usr_ada", until: null } });
    expect(lifted.mutedUntil).toBeNull();
  });
});

test("what was read elsewhere is added where it belongs, and replaces nothing", () => {
  const view = after(joined(), { type: "chat:message", data: message(5) });
  const more = addedView(view, {
    messages: [message(3), message(5, { text: "older" })],
    polls: [poll({ question: "older" }), poll({ id: "pol_2", status: "draft" })],
    questions: [question({ user: null, asker: person("eve") }), question({ id: "qst_2", status: "pending" })],
  });
  expect(more.askers.get("qst_1")?.name).toBe("eve");
  expect(joined({}, more).askers.size, "another person starts without what staff were told").toBe(0);
  expect(texts(more)).toEqual(["line 1", "line 3", "line 5"]);
  expect(more.polls.map(({ question }) => question)).toEqual(["Tea?", "Tea?"]);
  expect(more.questions.map(({ id }) => id)).toEqual(["qst_1", "qst_2"]);
});

describe("polls", () => {
  const total = (yes: number, no: number) => ({
    pollId: "pol_1",
    totalVotes: yes + no,
    options: [
      { id: "opt_yes", votes: yes },
      { id: "opt_no", votes: no },
    ],
  });
  const votes = (view: SessionView) => view.polls[0]?.options.map((option) => option.votes);

  test("totals count, and an event that knows nobody's vote keeps ours", () => {
    const view = after(
      joined(),
      { type: "poll:voted", data: { pollId: "pol_1", optionIds: ["opt_no"] } },
      { type: "poll:vote", data: total(3, 4) },
      { type: "poll:updated", data: poll({ totalVotes: 7, closesAt: "2026-01-01T11:00:00Z" }) },
    );
    expect(view.polls[0]).toMatchObject({
      myVote: ["opt_no"],
      totalVotes: 7,
      closesAt: "2026-01-01T11:00:00Z",
    });
  });

  test("hidden results that we may see are not lost to an event that must not say them", () => {
    const hidden = poll({
      hideResults: true,
      options: poll().options.map((option) => ({ ...option, votes: null })),
    });
    const view = after(
      joined(),
      { type: "poll:updated", data: hidden },
      { type: "poll:vote", data: total(1, 2) },
      { type: "poll:updated", data: hidden },
    );
    expect(votes(view)).toEqual([1, 2]);
    expect(
      votes(after(view, { type: "poll:vote", data: { pollId: "pol_1", totalVotes: 9, options: null } })),
    ).toEqual([1, 2]);
  });

  test("a new one stands first, an archived one is gone", () => {
    const view = after(joined(), { type: "poll:new", data: poll({ id: "pol_2" }) });
    expect(view.polls.map(({ id }) => id)).toEqual(["pol_2", "pol_1"]);
    const archived = after(view, { type: "poll:updated", data: poll({ id: "pol_2", status: "archived" }) });
    expect(archived.polls.map(({ id }) => id)).toEqual(["pol_1"]);
  });

  test("the join says how we voted, with a snapshot or without", () => {
    const view = joined({ votes: { pol_1: ["opt_yes"] } });
    expect(view.polls[0]?.myVote).toEqual(["opt_yes"]);
    const again = startView(view, { seq: 9, snapshot: null, mine: nothing, standing });
    expect(again.polls[0]?.myVote).toBeNull();
    expect(texts(again), "without a snapshot what was known stays").toEqual(["line 1"]);
  });
});

describe("questions", () => {
  test("an update keeps our upvote, and totals count", () => {
    const view = after(
      joined(),
      { type: "question:upvoted", data: { questionId: "qst_1", upvotes: 1, upvoted: true } },
      { type: "question:upvote", data: { questionId: "qst_1", upvotes: 5 } },
      { type: "question:updated", data: question({ upvotes: 5, answering: true }) },
    );
    expect(view.questions).toMatchObject([{ upvotes: 5, upvoted: true, answering: true }]);
  });

  test("an archived one is gone, and its asker is known to staff alone", () => {
    const view = after(joined(), {
      type: "question:asker",
      data: { questionId: "qst_1", user: person("eve") },
    });
    expect(view.askers.get("qst_1")?.name).toBe("eve");
    expect(
      after(view, { type: "question:updated", data: question({ status: "archived" }) }).questions,
    ).toEqual([]);
  });

  test("own ones are known from the answer and from the join", () => {
    const pending = question({ id: "qst_2", status: "pending", user: null });
    expect([...joined({ asked: ["qst_2"], questions: [pending] }).asked]).toEqual(["qst_2"]);
    const view = askedView(askedView(joined(), pending), pending);
    expect(view.questions.map(({ id }) => id)).toEqual(["qst_1", "qst_2"]);
    expect(view.asked.has("qst_2")).toBe(true);
  });
});
