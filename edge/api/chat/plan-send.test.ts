import { expect, test } from "vitest";
import type { ChatMessage } from "../../protocol/chat.ts";
import { codesOf, testNow as now, saidBy, testPerson } from "../session-log/test-plan.ts";
import { ada, bob, having, message, mod, plan, say, wrote } from "./test-chat-plans.ts";

test("a message is said to all, as its author is seen, and acknowledged as it was said", () => {
  const people = [testPerson("usr_ada", { memberRole: "speaker" })];
  const result = plan([say("usr_ada", "hello")], { people });
  expect(saidBy(result)).toEqual(["chat:message to all"]);
  expect(result.events[0]?.data).toMatchObject({ seq: 42, text: "hello", user: { role: "speaker" } });
  expect(result.results[0]).toEqual({ ok: true, ack: result.events[0]?.data });
});

test("chat that is switched off refuses everyone, staff too", () => {
  const off = { session: { chatEnabled: false } };
  expect(codesOf(plan([say("usr_ada", "x"), say("usr_mod", "x")], off))).toEqual([
    "chat-disabled",
    "chat-disabled",
  ]);
});

test("a reply needs a message that everyone sees, or one's own that only seems so", () => {
  const facts = having(
    message("msg_here", "usr_bob"),
    message("msg_gone", "usr_bob", { deleted: true }),
    message("msg_held", "usr_ada", { state: "held" }),
    message("msg_own", "usr_ada", { state: "shadowed" }),
    message("msg_other", "usr_bob", { state: "shadowed" }),
  );
  const replies = ["msg_here", "msg_gone", "msg_held", "msg_own", "msg_other", "msg_absent"];
  const commands = replies.map((replyTo, index) => say("usr_mod", `${index}`, { replyTo }));
  expect(codesOf(plan(commands, { facts }))).toEqual([
    "ok",
    "invalid",
    "invalid",
    "invalid",
    "invalid",
    "invalid",
  ]);
  expect(codesOf(plan([say("usr_ada", "x", { replyTo: "msg_own" })], { facts }))).toEqual(["ok"]);
});

test("mentions name those who take part, once, and leave out the rest", () => {
  const people = [ada(), bob(), mod(), testPerson("usr_out", { joined: false })];
  const mentions = ["usr_bob", "usr_out", "usr_mod", "usr_bob", "usr_gone"];
  const { events } = plan([say("usr_ada", "@bob @mod", { mentions })], { people });
  expect((events[0]!.data as ChatMessage).mentions).toEqual([
    { id: "usr_bob", name: "bob" },
    { id: "usr_mod", name: "mod" },
  ]);
});

test("five messages in ten seconds, counting those of the same batch; staff are exempt", () => {
  const facts = wrote("usr_ada", { at: now - 4000 }, { at: now - 9500 });
  const commands = ["1", "2", "3", "4"].map((text) => say("usr_ada", text));
  const result = plan(commands, { facts });
  expect(codesOf(result)).toEqual(["ok", "ok", "ok", "too-many-requests"]);
  expect(result.results[3]).toMatchObject({ problem: { status: 429, retryAfterSeconds: 1 } });
  const staff = Array.from({ length: 9 }, (_, index) => say("usr_mod", `${index % 2}`));
  expect(new Set(codesOf(plan(staff, { session: { duplicateSeconds: 30, slowModeSeconds: 9 } })))).toEqual(
    new Set(["ok"]),
  );
});

test("a message that has left the window no longer counts", () => {
  const facts = wrote("usr_ada", ...Array.from({ length: 5 }, () => ({ at: now - 10_000 })));
  expect(codesOf(plan([say("usr_ada", "x")], { facts }))).toEqual(["ok"]);
});

test("slow mode says when to speak again", () => {
  const session = { slowModeSeconds: 30 };
  const facts = wrote("usr_ada", { at: now - 10_500, text: "before" });
  expect(plan([say("usr_ada", "x")], { facts, session }).results[0]).toMatchObject({
    problem: { type: "/problems/too-many-requests", retryAfterSeconds: 20 },
  });
  expect(codesOf(plan([say("usr_ada", "1"), say("usr_ada", "2")], { session }))).toEqual([
    "ok",
    "too-many-requests",
  ]);
});

test("the same again within the time is refused, whatever its case and spaces; later it is not", () => {
  const session = { duplicateSeconds: 30 };
  const facts = () =>
    wrote("usr_ada", { at: now - 20_000, text: "Héllo there" }, { at: now - 40_000, text: "old" });
  const result = plan([say("usr_ada", "hello   THERE"), say("usr_ada", "old")], { facts: facts(), session });
  expect(codesOf(result)).toEqual(["said-already", "ok"]);
  expect(result.results[0]).toMatchObject({ problem: { retryAfterSeconds: 10 } });
  expect(codesOf(plan([say("usr_bob", "hello there")], { facts: facts(), session }))).toEqual(["ok"]);
  expect(codesOf(plan([say("usr_ada", "x"), say("usr_ada", "X")], { session }))).toEqual([
    "ok",
    "said-already",
  ]);
  expect(
    codesOf(plan([say("usr_ada", "x"), say("usr_ada", "X")], { session: { duplicateSeconds: 0 } })),
  ).toEqual(["ok", "ok"]);
});

test("blocked words hold a message or refuse it, as the session says; staff may use them", () => {
  const words = { blockedWords: ["spam*"] };
  const held = plan([say("usr_ada", "Spammy"), say("usr_mod", "spam")], {
    session: { ...words, blockedWordsAction: "hold" },
  });
  expect(saidBy(held)).toEqual(["chat:held to staff+usr_ada", "chat:message to all"]);
  expect(held.results[0]).toMatchObject({ ok: true, ack: { held: true } });
  const refused = plan([say("usr_ada", "Spammy")], { session: { ...words, blockedWordsAction: "refuse" } });
  expect(codesOf(refused)).toEqual(["words-refused"]);
  expect(refused.events).toEqual([]);
});

test("a moderated chat holds every message but those of staff", () => {
  const result = plan([say("usr_ada", "a"), say("usr_mod", "b")], { session: { chatModerated: true } });
  expect(saidBy(result)).toEqual(["chat:held to staff+usr_ada", "chat:message to all"]);
});
