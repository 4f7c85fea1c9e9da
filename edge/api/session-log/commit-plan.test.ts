import { expect, test } from "vitest";
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import { refKey } from "./commit-plan.ts";
import { type CommandOf, refuse, type SessionFeature } from "./session-planner.ts";
import { codesOf, planWith, testCommand, testNow, testPerson } from "./test-plan.ts";

/** Says each message to all, and refuses what it is told to. */
const echo: SessionFeature<CommandOf<"chat:send" | "chat:pin">, { said: string[] }> = {
  types: ["chat:send", "chat:pin"],
  load: async () => ({ said: [] }),
  plan(command, _sender, facts, context) {
    if (command.type !== "chat:send") return { ok: true, ack: null };
    const { text } = command.data;
    if (text === "now") return refuse("too-many-requests", { retryAfterSeconds: 3 });
    if (text === "never") return refuse("conflict");
    facts.said.push(text);
    const seq = context.emit({ type: "chat:message", audience: { kind: "all" }, data: { text } });
    return { ok: true, ack: { seq } };
  },
  write: () => [],
};
const say = (userId: string, text: string, ref?: string): CommitCommand =>
  testCommand(userId, "chat:send", { text }, ref);
const plan = (
  people: Parameters<typeof planWith>[2],
  commands: CommitCommand[],
  more?: Parameters<typeof planWith>[4],
) => planWith(echo, { said: [] }, people, commands, more);
const [ada, bob] = [testPerson("usr_ada"), testPerson("usr_bob")];

test("accepted commands take the next seqs in order; refused ones take none", () => {
  const result = plan([ada, bob], [say("usr_ada", "x"), say("usr_gone", "x"), say("usr_bob", "y")]);
  expect(result.firstSeq).toBe(42);
  expect(result.events.map(({ seq, actorId }) => [seq, actorId])).toEqual([
    [42, "usr_ada"],
    [43, "usr_bob"],
  ]);
  expect(codesOf(result)).toEqual(["ok", "unauthenticated", "ok"]);
  expect(result.results[2]).toEqual({ ok: true, ack: { seq: 43 } });
});

test("who may not is refused before the feature is asked", () => {
  const people = [
    testPerson("usr_out", { joined: false }),
    testPerson("usr_ban", { banned: true }),
    testPerson("usr_spk", { joined: false, globalRole: "speaker" }),
    testPerson("usr_mod", { joined: false, memberRole: "moderator" }),
    testPerson("usr_adm", { joined: false, globalRole: "admin" }),
  ];
  const sends = people.map(({ id }) => say(id, "x"));
  expect(codesOf(plan(people, sends))).toEqual(["forbidden", "banned", "ok", "ok", "ok"]);
  const hidden = { session: { event: { status: "live", visibility: "private" } } } as const;
  expect(codesOf(plan(people, sends, hidden))).toEqual(["not-found", "banned", "not-found", "ok", "ok"]);
  const pins = people.map(({ id }) => testCommand(id, "chat:pin", { messageId: "msg_a", pinned: true }));
  expect(codesOf(plan(people, pins))).toEqual(["forbidden", "banned", "forbidden", "ok", "ok"]);
});

test("a command that no feature knows is refused, and nothing else", () => {
  const vote = testCommand("usr_ada", "poll:vote", { pollId: "pol_a", optionIds: ["opt_a"] });
  expect(codesOf(plan([ada], [vote, say("usr_ada", "x")]))).toEqual(["unavailable", "ok"]);
});

test("a ref that was answered before answers the same and makes nothing", () => {
  const first = { ok: true, ack: { id: "msg_first" } } as const;
  const answered = new Map([[refKey("usr_ada", "1"), first]]);
  const result = plan([ada], [say("usr_ada", "x", "1")], { answered });
  expect(result.results).toEqual([first]);
  expect(result.events).toEqual([]);
  expect(result.kept).toEqual([]);
});

test("the same ref twice in a batch is one command; another user's ref is another", () => {
  const commands = [say("usr_ada", "one", "1"), say("usr_ada", "two", "1"), say("usr_bob", "three", "1")];
  const result = plan([ada, bob], commands);
  expect(result.events.map(({ data }) => data)).toEqual([{ text: "one" }, { text: "three" }]);
  expect(result.results[1]).toEqual(result.results[0]);
  expect(result.kept.length).toBe(2);
});

test("not now is not remembered, so that the same command may be tried again; never is", () => {
  const result = plan([ada], [say("usr_ada", "now", "1"), say("usr_ada", "never", "2")]);
  expect(codesOf(result)).toEqual(["too-many-requests", "conflict"]);
  expect(result.kept.map(({ ref }) => ref)).toEqual(["2"]);
});

test("by HTTP a refusal is never remembered, a success is", () => {
  const result = plan([ada], [say("usr_ada", "never", "http:1"), say("usr_ada", "fine", "http:2")]);
  expect(result.kept.map(({ ref }) => ref)).toEqual(["http:2"]);
});

test("of totals the newest counts, at the place of the first", () => {
  const counting: SessionFeature<CommandOf<"chat:send">, null> = {
    types: ["chat:send"],
    load: async () => null,
    plan(command, _sender, _facts, context) {
      const [questionId, upvotes] = command.data.text.split(" ") as [string, string];
      context.total({ kind: "question", total: { questionId, upvotes: Number(upvotes) } });
      return { ok: true, ack: context.now };
    },
    write: () => [],
  };
  const commands = ["qst_a 1", "qst_b 7", "qst_a 2"].map((text) => say("usr_ada", text));
  const result = planWith(counting, null, [ada], commands);
  expect(result.totals.map(({ total }) => total)).toEqual([
    { questionId: "qst_a", upvotes: 2 },
    { questionId: "qst_b", upvotes: 7 },
  ]);
  expect(result.results[0]).toEqual({ ok: true, ack: testNow });
});
