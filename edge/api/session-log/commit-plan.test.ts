import { expect, test } from "vitest";
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import { type CommitFacts, type CommitPerson, planCommit, refKey } from "./commit-plan.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
const person = (more: Partial<CommitPerson> = {}): CommitPerson => ({
  globalRole: "attendee",
  memberRole: null,
  joined: true,
  banned: false,
  name: "Ada",
  avatarUrl: null,
  wroteAt: [],
  wroteHereAt: null,
  ...more,
});
function facts(
  people: Record<string, CommitPerson>,
  session: Partial<CommitFacts["session"]> = {},
  more: Partial<CommitFacts> = {},
): CommitFacts {
  return {
    now,
    session: {
      id: "ses_a",
      event: { status: "live", visibility: "public" },
      chatEnabled: true,
      slowModeSeconds: 0,
      head: 41,
      ...session,
    },
    people: new Map(Object.entries(people)),
    answered: new Map(),
    replyTargets: new Set(),
    ...more,
  };
}
const say = (userId: string, ref: string, text = "hello", replyTo?: string): CommitCommand => ({
  userId,
  ref,
  type: "chat:send",
  data: replyTo === undefined ? { text } : { text, replyTo },
});
let ids = 0;
const plan = (commands: CommitCommand[], given: CommitFacts) =>
  planCommit(commands, given, () => `msg_${++ids}`);
const codes = (results: ReturnType<typeof plan>["results"]) =>
  results.map((result) => (result.ok ? "ok" : result.problem.type.slice("/problems/".length)));

test("accepted commands take the next seqs in order; refused ones take none", () => {
  const result = plan(
    [say("usr_a", "1"), say("usr_gone", "1"), say("usr_b", "1")],
    facts({ usr_a: person(), usr_b: person() }),
  );
  expect(result.firstSeq).toBe(42);
  expect(result.messages.map((message) => message.seq)).toEqual([42, 43]);
  expect(codes(result.results)).toEqual(["ok", "unauthenticated", "ok"]);
  expect(result.results[2]).toEqual({ ok: true, ack: result.messages[1] });
});

test("each refusal says what is wrong", () => {
  const people = {
    usr_out: person({ joined: false }),
    usr_ban: person({ banned: true }),
    usr_mod: person({ joined: false, memberRole: "moderator" }),
    usr_adm: person({ joined: false, globalRole: "admin" }),
  };
  const commands = Object.keys(people).map((id) => say(id, "1"));
  expect(codes(plan(commands, facts(people)).results)).toEqual(["forbidden", "banned", "ok", "ok"]);
  const hidden = { event: { status: "live", visibility: "private" } } as const;
  expect(codes(plan(commands, facts(people, hidden)).results)).toEqual(["not-found", "banned", "ok", "ok"]);
  const silent = facts(people, { chatEnabled: false });
  expect(codes(plan(commands.slice(2), silent).results)).toEqual(["chat-disabled", "chat-disabled"]);
});

test("a reply needs a message of this session", () => {
  const given = facts({ usr_a: person() }, {}, { replyTargets: new Set(["msg_here"]) });
  const result = plan([say("usr_a", "1", "x", "msg_here"), say("usr_a", "2", "x", "msg_else")], given);
  expect(codes(result.results)).toEqual(["ok", "invalid"]);
  expect(result.messages[0]?.replyTo).toBe("msg_here");
});

test("a ref that was answered before answers the same and makes nothing", () => {
  const first = { ok: true, ack: { id: "msg_first" } } as const;
  const given = facts({ usr_a: person() }, {}, { answered: new Map([[refKey("usr_a", "1"), first]]) });
  const result = plan([say("usr_a", "1")], given);
  expect(result.results).toEqual([first]);
  expect(result.messages).toEqual([]);
  expect(result.kept).toEqual([]);
});

test("the same ref twice in a batch is one command; another user's ref is another", () => {
  const result = plan(
    [say("usr_a", "1", "one"), say("usr_a", "1", "two"), say("usr_b", "1", "three")],
    facts({ usr_a: person(), usr_b: person() }),
  );
  expect(result.messages.map((message) => message.text)).toEqual(["one", "three"]);
  expect(result.results[1]).toEqual(result.results[0]);
  expect(result.kept.length).toBe(2);
});

test("five messages in ten seconds, counting those of the same batch; staff are exempt", () => {
  const commands = [1, 2, 3, 4].map((n) => say("usr_a", `${n}`));
  const hasty = facts({ usr_a: person({ wroteAt: [now - 9_500, now - 4_000] }) });
  const result = plan(commands, hasty);
  expect(codes(result.results)).toEqual(["ok", "ok", "ok", "too-many-requests"]);
  expect(result.results[3]).toMatchObject({ problem: { status: 429, retryAfterSeconds: 1 } });
  const staff = facts({ usr_a: person({ globalRole: "moderator", wroteAt: Array(9).fill(now - 1) }) });
  expect(codes(plan(commands, staff).results)).toEqual(["ok", "ok", "ok", "ok"]);
});

test("a message that has left the window no longer counts", () => {
  const given = facts({ usr_a: person({ wroteAt: Array(5).fill(now - 10_000) }) });
  expect(codes(plan([say("usr_a", "1")], given).results)).toEqual(["ok"]);
});

test("slow mode makes a user wait since the last message here", () => {
  const slow = { slowModeSeconds: 30 };
  const waiting = facts({ usr_a: person({ wroteHereAt: now - 10_500 }) }, slow);
  expect(plan([say("usr_a", "1")], waiting).results[0]).toMatchObject({
    problem: { type: "/problems/too-many-requests", retryAfterSeconds: 20 },
  });
  const fresh = plan([say("usr_a", "1"), say("usr_a", "2")], facts({ usr_a: person() }, slow));
  expect(codes(fresh.results)).toEqual(["ok", "too-many-requests"]);
});

test("not now is not remembered, so that the same command may be tried again", () => {
  const result = plan(
    [say("usr_a", "1"), say("usr_out", "1")],
    facts({ usr_a: person({ wroteAt: Array(5).fill(now - 1) }), usr_out: person({ joined: false }) }),
  );
  expect(codes(result.results)).toEqual(["too-many-requests", "forbidden"]);
  expect(result.kept.map(({ userId }) => userId)).toEqual(["usr_out"]);
});

test("people see the higher of two roles beside a name", () => {
  const result = plan([say("usr_a", "1")], facts({ usr_a: person({ memberRole: "speaker" }) }));
  expect(result.messages[0]?.user.role).toBe("speaker");
});
