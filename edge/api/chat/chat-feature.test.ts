import { expect, test } from "vitest";
import type { ChatMessage } from "../../protocol/chat.ts";
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import type { CommitPerson } from "../session-log/session-planner.ts";
import {
  codesOf,
  testNow as now,
  planWith,
  saidBy,
  testCommand,
  testPerson,
} from "../session-log/test-plan.ts";
import { type ChatEntry, type ChatFacts, noChatFacts } from "./chat-facts.ts";
import { chatFeature } from "./chat-feature.ts";

const ada = () => testPerson("usr_ada");
const bob = () => testPerson("usr_bob");
const mod = () => testPerson("usr_mod", { globalRole: "moderator" });
const everyone = () => [ada(), bob(), mod()];
const say = (userId: string, text: string, more: { replyTo?: string; mentions?: string[] } = {}) =>
  testCommand(userId, "chat:send", { text, ...more });

function plan(
  commands: CommitCommand[],
  more: Parameters<typeof planWith>[4] & { people?: CommitPerson[]; facts?: ChatFacts } = {},
) {
  const { people = everyone(), facts = noChatFacts(), ...rest } = more;
  return { ...planWith(chatFeature, facts, people, commands, rest), facts, people };
}
function message(
  id: string,
  by: string,
  more: Partial<Omit<ChatEntry, "message">> = {},
  pinned = false,
): ChatEntry {
  const state = more.state ?? "visible";
  const user = { id: by, name: by.slice(4), role: "attendee" as const, avatarUrl: null };
  const at = new Date(now - 60_000).toISOString();
  return {
    message: {
      id,
      seq: 7,
      sessionId: "ses_a",
      user,
      text: "earlier",
      replyTo: null,
      mentions: [],
      pinned,
      held: state === "held",
      createdAt: at,
    },
    state,
    deleted: false,
    deletedBy: null,
    ...more,
  };
}
function having(...entries: ChatEntry[]): ChatFacts {
  const facts = noChatFacts();
  for (const entry of entries) {
    facts.messages.set(entry.message.id, entry);
    if (entry.message.pinned) facts.pinned.add(entry.message.id);
  }
  return facts;
}
const wrote = (userId: string, ...recent: { at: number; text?: string }[]): ChatFacts => {
  const facts = noChatFacts();
  facts.writings.set(userId, {
    recent: recent.map(({ at, text }) => ({ at, text: text ?? null })),
    hereAt: recent.find(({ text }) => text !== undefined)?.at ?? null,
  });
  return facts;
};

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

test("a held message that is approved is said anew under its id; one that is refused is gone for who saw it", () => {
  const facts = having(
    message("msg_good", "usr_ada", { state: "held" }),
    message("msg_bad", "usr_ada", { state: "held" }),
  );
  const review = (messageId: string, approve: boolean) =>
    testCommand("usr_mod", "chat:review", { messageId, approve });
  const commands = [
    review("msg_good", true),
    review("msg_good", true),
    review("msg_bad", false),
    review("msg_bad", false),
    review("msg_bad", true),
    review("msg_good", false),
  ];
  const result = plan(commands, { facts });
  expect(saidBy(result)).toEqual(["chat:message to all", "chat:deleted to staff+usr_ada"]);
  expect(result.events[0]?.data).toMatchObject({ id: "msg_good", seq: 42, held: false });
  expect(codesOf(result), "deciding again what was decided alike is no error").toEqual([
    "ok",
    "ok",
    "ok",
    "ok",
    "not-found",
    "conflict",
  ]);
  expect(result.audits.map(({ act }) => act.action)).toEqual(["message.approved", "message.refused"]);
});

test("who is muted hears for how long; a mute that is over holds nobody", () => {
  const muted = testPerson("usr_ada", { mute: { until: now + 59_001, shadow: false } });
  const free = testPerson("usr_bob", { mute: { until: now, shadow: false } });
  const result = plan([say("usr_ada", "x"), say("usr_bob", "x")], { people: [muted, free] });
  expect(codesOf(result)).toEqual(["muted", "ok"]);
  expect(result.results[0]).toMatchObject({ problem: { status: 403, retryAfterSeconds: 60 } });
  expect(result.kept.length, "the same ref may be tried again when it is over").toBe(1);
});

test("a shadow-muted author is answered like anyone, and only they and staff hear it", () => {
  const shadowed = testPerson("usr_ada", { mute: { until: now + 1000, shadow: true } });
  const result = plan([say("usr_ada", "psst")], { people: [shadowed] });
  expect(saidBy(result)).toEqual(["chat:message to usr_ada", "chat:shadowed to staff"]);
  const normal = plan([say("usr_bob", "psst")]);
  const shape = (ack: unknown) => Object.keys((ack as { ack: object }).ack).sort();
  expect(shape(result.results[0])).toEqual(shape(normal.results[0]));
  expect(result.results[0]).toMatchObject({ ack: { held: false, seq: 42 } });
  const held = plan([say("usr_ada", "psst")], { people: [shadowed], session: { chatModerated: true } });
  expect(saidBy(held), "they are held as anyone is").toEqual(["chat:held to staff+usr_ada"]);
});

test("a mute and its end are told to staff and the muted; a shadow mute to staff alone", () => {
  const mute = (shadow: boolean) =>
    testCommand("usr_mod", "chat:mute", { userId: "usr_ada", seconds: 60, shadow });
  const unmute = () => testCommand("usr_mod", "chat:unmute", { userId: "usr_ada" });
  const plain = plan([mute(false), say("usr_ada", "x"), unmute(), unmute(), say("usr_ada", "x")]);
  expect(codesOf(plain)).toEqual(["ok", "muted", "ok", "ok", "ok"]);
  expect(saidBy(plain)).toEqual([
    "chat:muted to staff+usr_ada",
    "chat:muted to staff+usr_ada",
    "chat:message to all",
  ]);
  const shadow = plan([mute(true), say("usr_ada", "x"), unmute(), say("usr_ada", "y")]);
  expect(saidBy(shadow)).toEqual([
    "chat:muted to staff",
    "chat:message to usr_ada",
    "chat:shadowed to staff",
    "chat:muted to staff",
    "chat:message to all",
  ]);
  expect(shadow.facts.mutes.get("usr_ada")).toBeNull();
});

test("a mute that becomes a shadow mute seems to have ended", () => {
  const people = [testPerson("usr_ada", { mute: { until: now + 9000, shadow: false } }), mod()];
  const result = plan(
    [testCommand("usr_mod", "chat:mute", { userId: "usr_ada", seconds: 60, shadow: true })],
    { people },
  );
  expect(saidBy(result)).toEqual(["chat:muted to usr_ada", "chat:muted to staff"]);
  expect(result.events[0]?.data).toEqual({ userId: "usr_ada", name: "ada", until: null, shadow: false });
});

test("staff cannot be muted, nor can who does not exist", () => {
  const mute = (userId: string) =>
    testCommand("usr_mod", "chat:mute", { userId, seconds: 60, shadow: false });
  expect(
    codesOf(
      plan([
        mute("usr_mod"),
        mute("usr_gone"),
        testCommand("usr_mod", "chat:unmute", { userId: "usr_gone" }),
      ]),
    ),
  ).toEqual(["conflict", "invalid", "not-found"]);
});

test("authors delete their own, staff anyone's, others nobody's; twice is once", () => {
  const facts = () =>
    having(message("msg_a", "usr_ada", {}, true), message("msg_held", "usr_ada", { state: "held" }));
  const del = (userId: string, messageId: string) => testCommand(userId, "chat:delete", { messageId });
  const result = plan(
    [
      del("usr_bob", "msg_a"),
      del("usr_bob", "msg_held"),
      del("usr_ada", "msg_a"),
      del("usr_mod", "msg_a"),
      del("usr_mod", "msg_held"),
      del("usr_mod", "msg_absent"),
    ],
    { facts: facts() },
  );
  expect(codesOf(result)).toEqual(["forbidden", "not-found", "ok", "ok", "ok", "not-found"]);
  expect(saidBy(result)).toEqual(["chat:deleted to all", "chat:deleted to staff+usr_ada"]);
  expect(result.facts.pinned.size, "what is gone is pinned no more").toBe(0);
  expect(
    result.audits.map(({ actorId, act }) => [actorId, act.action]),
    "taking back one's own is no act of the staff",
  ).toEqual([["usr_mod", "message.deleted"]]);
});

test("pinning is for what everyone sees, once, and for fifty at most", () => {
  const pin = (messageId: string, pinned = true) => testCommand("usr_mod", "chat:pin", { messageId, pinned });
  const facts = having(
    message("msg_a", "usr_ada"),
    message("msg_held", "usr_ada", { state: "held" }),
    message("msg_shadow", "usr_ada", { state: "shadowed" }),
    message("msg_gone", "usr_ada", { deleted: true }),
    ...Array.from({ length: 49 }, (_, index) => message(`msg_${index}`, "usr_bob", {}, true)),
    message("msg_b", "usr_bob"),
  );
  const result = plan(
    [
      pin("msg_a"),
      pin("msg_a"),
      pin("msg_b"),
      pin("msg_held"),
      pin("msg_shadow"),
      pin("msg_gone"),
      pin("msg_0", false),
      pin("msg_b"),
    ],
    { facts },
  );
  expect(codesOf(result)).toEqual(["ok", "ok", "conflict", "conflict", "conflict", "not-found", "ok", "ok"]);
  expect(result.events.map(({ data }) => data)).toMatchObject([
    { messageId: "msg_a", pinned: true, message: { pinned: true, seq: 7 } },
    { messageId: "msg_0", pinned: false },
    { messageId: "msg_b", pinned: true },
  ]);
});

test("clearing is one event, and takes what the batch said before it, not what it says after", () => {
  const clear = (userId: string | null) => testCommand("usr_mod", "chat:clear", { userId });
  const result = plan([say("usr_ada", "1"), say("usr_bob", "2"), clear("usr_ada"), say("usr_ada", "3")]);
  expect(saidBy(result)).toEqual([
    "chat:message to all",
    "chat:message to all",
    "chat:cleared to all",
    "chat:message to all",
  ]);
  expect(result.facts.added.map(({ deleted }) => deleted)).toEqual([true, false, false]);
  const all = plan([say("usr_ada", "1"), say("usr_bob", "2"), clear(null)]);
  expect(all.facts.added.map(({ deleted }) => deleted)).toEqual([true, true]);
  expect(all.facts.cleared.all).toBe("usr_mod");
  expect(codesOf(plan([clear("usr_gone")]))).toEqual(["not-found"]);
});
