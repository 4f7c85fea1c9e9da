/** Chat by HTTP, as members use it. */
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ChatMessage, ChatMessageList } from "../../protocol/chat.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import { commitSession } from "../session-log/commit-session.ts";
import { call, callInternal } from "../streams/test-client.ts";
import { makeSession, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { chatScene, heardBy, viewer } from "./test-chat-scene.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

test("what is said by HTTP is in the log, in the history and in the snapshot, the same everywhere", async () => {
  const { ada, bob, path, sessionId, log } = await chatScene(api);
  const { body: first } = await ada.say("Hello, @Person 1", { mentions: [bob.id, newIdentifier("user")] });
  const { body: second } = await bob.say("Hello yourself", { replyTo: first.id });
  v.parse(ChatMessage, first);
  expect(first.mentions).toEqual([{ id: bob.id, name: "Person 1" }]);
  expect(second).toMatchObject({ seq: 2, replyTo: first.id, user: { id: bob.id } });
  expect((await log()).map(({ data }) => data)).toEqual([first, second]);
  const page = v.parse(ChatMessageList, (await ada.send("GET", path, 200)).body);
  expect(page).toEqual({ items: [first, second], nextCursor: null });
  const snapshot = await callInternal(api, "GET", `/internal/sessions/${sessionId}/snapshot`, 200);
  expect(snapshot.body.snapshot.messages).toEqual([first, second]);
});

test("history goes back page by page from the newest, and forward from a seq", async () => {
  const { ada, moderator, path } = await chatScene(api);
  for (let index = 1; index <= 7; index++) await moderator.say(`${index}`);
  const texts = async (query: string) => {
    const { items, nextCursor } = (await ada.send("GET", `${path}?${query}`, 200)).body as v.InferOutput<
      typeof ChatMessageList
    >;
    return [items.map(({ text }) => text).join(""), nextCursor] as const;
  };
  const walk = async (query: string) => {
    const pages: string[] = [];
    let cursor: string | null = null;
    do {
      const [page, next]: readonly [string, string | null] = await texts(
        `${query}${cursor ? `&cursor=${cursor}` : ""}`,
      );
      pages.push(page);
      cursor = next;
    } while (cursor);
    return pages;
  };
  expect(await walk("limit=3")).toEqual(["567", "234", "1"]);
  expect(await walk("limit=3&after=1")).toEqual(["234", "567"]);
  expect(await walk("limit=10&before=4")).toEqual(["123"]);
  expect(await walk("limit=2&after=2&before=6")).toEqual(["34", "5"]);
  expect(await walk("limit=10&after=7")).toEqual([""]);
  for (const query of ["before=-1", "after=x", "limit=0", "limit=201", "cursor=abc", "before=1e3"]) {
    await ada.send("GET", `${path}?${query}`, 422);
  }
});

test("an author takes a message back, and it is gone everywhere; a stranger's is not theirs to take", async () => {
  const { ada, bob, log, path } = await chatScene(api);
  const { body: message } = await ada.say("oops");
  await bob.send("DELETE", `/api/chat/${message.id}`, 403);
  await ada.send("DELETE", `/api/chat/${message.id}`, 204);
  await ada.send("DELETE", `/api/chat/${message.id}`, 204);
  await bob.send("DELETE", `/api/chat/${message.id}`, 404);
  expect(await bob.reads()).toEqual([]);
  expect(heardBy(await log())).toEqual(["chat:message to all", "chat:deleted to all"]);
  const reply = await bob.send("POST", path, 422, { text: "to what?", replyTo: message.id });
  expect(reply.body.errors).toEqual([{ pointer: "/replyTo", detail: "is not a message of this session" }]);
});

test("who has not joined reads and writes nothing, and who was banned neither", async () => {
  const { db, eventId, path, person, moderator, ada } = await chatScene(api);
  const outsider = await person(await makeUser(db));
  await outsider.send("GET", path, 403);
  await outsider.say("let me in", { status: 403 });
  await call(api, "GET", path, 401);
  await moderator.send("POST", `/api/events/${eventId}/bans/${ada.id}`, 201);
  expect((await ada.send("GET", path, 403)).body.type).toBe("/problems/banned");
  expect((await ada.say("still here", { status: 403 })).body.type).toBe("/problems/banned");
});

test("the same key says it once, also when the answer that was kept is lost", async () => {
  const { ada, path, db } = await chatScene(api);
  const key = newIdentifier("request");
  const first = await ada.send("POST", path, 201, { text: "once" }, key);
  const again = await ada.send("POST", path, 201, { text: "once" }, key);
  expect(again.body).toEqual(first.body);
  await db.execute("delete from idempotency_keys");
  const afterLoss = await ada.send("POST", path, 201, { text: "once" }, key);
  expect(afterLoss.body).toEqual(first.body);
  expect(await ada.reads()).toEqual(["once"]);
});

test("a refusal is not kept for its key: the next try may fare better", async () => {
  const { ada, moderator, path, sessionId } = await chatScene(api, { session: { chatEnabled: false } });
  const key = newIdentifier("request");
  expect((await ada.send("POST", path, 409, { text: "now?" }, key)).body.type).toBe(
    "/problems/chat-disabled",
  );
  await moderator.send("PATCH", `/api/sessions/${sessionId}/moderation`, 200, { chatEnabled: true });
  await ada.send("POST", path, 201, { text: "now?" }, key);
});

test("a room that answers commits; one that is away is told of what went past it", async () => {
  const { ada, sessionId, db } = await chatScene(api);
  const { rooms } = api.deps;
  const seen: CommitCommand[] = [];
  api.roomCalls.length = 0;
  api.deps.rooms = {
    ...rooms,
    commandSession: async (id, command) => {
      seen.push(command);
      const { results } = await commitSession(db, id, [command]);
      return results[0]!;
    },
  };
  try {
    await ada.say("through the room");
    expect(seen).toMatchObject([{ userId: ada.id, type: "chat:send", data: { text: "through the room" } }]);
    // A room that commits and dies before it answers: the same ref goes in directly, and finds itself there.
    api.deps.rooms = {
      ...rooms,
      commandSession: async (id, command) => {
        await commitSession(db, id, [command]);
        return null;
      },
    };
    await ada.say("twice and once");
    await api.settled();
    expect(api.roomCalls.filter(({ call: name }) => name === "pokeSession")).toEqual([]);
  } finally {
    api.deps.rooms = rooms;
  }
  await ada.say("directly");
  await api.settled();
  expect(await ada.reads()).toEqual(["through the room", "twice and once", "directly"]);
  expect(api.roomCalls.filter(({ call: name }) => name === "pokeSession")).toEqual([
    { call: "pokeSession", args: [sessionId, 3, []] },
  ]);
});

test("texts that are too long, empty, unseen or not text are refused with their field", async () => {
  const { ada, path } = await chatScene(api);
  const family = "👩‍👩‍👧‍👦";
  for (const text of [
    "",
    "   ",
    "\u200b\u200d",
    "\u202e",
    "x".repeat(501),
    family.repeat(501),
    "a\u0000b",
    "a\ud800",
    `a${"\u0301".repeat(40)}`,
    7,
    null,
    ["x"],
  ]) {
    const { body } = await ada.send("POST", path, 422, { text });
    expect(body.errors[0].pointer, JSON.stringify(text)).toBe("/text");
  }
  await ada.send("POST", path, 422, {});
  await ada.send("POST", path, 422, { text: "x", replyTo: "evt_a" });
  await ada.send("POST", path, 422, { text: "x", mentions: Array.from({ length: 11 }, () => ada.id) });
});

test("what is odd and allowed is kept as it was written, without what turns lines round", async () => {
  const { ada, bob, people, path } = await chatScene(api, { members: 4 });
  const family = "👩‍👩‍👧‍👦";
  const { body: long } = await ada.say(family.repeat(500));
  expect(long.text).toBe(family.repeat(500));
  expect((await bob.say("\u202eevil\u2066 text")).body.text).toBe("evil text");
  expect((await people[2]!.say("مرحبا שלום — line\nbreak\t<b>&amp;</b>")).body.text).toBe(
    "مرحبا שלום — line\nbreak\t<b>&amp;</b>",
  );
  const { body: proto } = await call(api, "POST", path, 201, {
    token: people[3]!.token,
    headers: { "content-type": "application/json" },
    body: JSON.parse(
      '{"text":"__proto__","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}},"user":{"role":"admin"}}',
    ),
  });
  expect(proto).toMatchObject({ text: "__proto__", user: { role: "attendee" } });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test("what another session said is not there", async () => {
  const { ada, moderator, eventId, db, path } = await chatScene(api);
  const elsewhere = await makeSession(db, eventId);
  const { body: other } = await ada.send("POST", `/api/chat/session/${elsewhere}`, 201, {
    text: "over here",
  });
  await ada.send("POST", path, 422, { text: "reply", replyTo: other.id });
  const absent = newIdentifier("message");
  for (const [method, to] of [
    ["DELETE", `/api/chat/${absent}`],
    ["PATCH", `/api/chat/${absent}/pin`],
    ["PATCH", `/api/chat/${absent}/review`],
    ["GET", `/api/chat/session/${newIdentifier("session")}`],
    ["POST", `/api/chat/session/${newIdentifier("session")}`],
    ["GET", "/api/chat/session/__proto__"],
    ["DELETE", "/api/chat/__proto__"],
  ] as const) {
    const body =
      method === "PATCH" ? { pinned: true, approve: true } : method === "POST" ? { text: "x" } : undefined;
    await moderator.send(method, to, 404, body);
  }
});

test("a pin is shown to those who come later, until it is taken away", async () => {
  const { ada, moderator, sessionId, log } = await chatScene(api);
  const { body: message } = await ada.say("Slides: https://example.org/slides");
  const pinned = async (): Promise<ChatMessage[]> =>
    (await callInternal(api, "GET", `/internal/sessions/${sessionId}/snapshot`, 200)).body.snapshot.pinned;
  await ada.send("PATCH", `/api/chat/${message.id}/pin`, 403, { pinned: true });
  const { body: answer } = await moderator.send("PATCH", `/api/chat/${message.id}/pin`, 200, {
    pinned: true,
  });
  expect(answer).toEqual({ ...message, pinned: true });
  await moderator.send("PATCH", `/api/chat/${message.id}/pin`, 200, { pinned: true });
  expect(await pinned()).toEqual([answer]);
  await moderator.send("PATCH", `/api/chat/${message.id}/pin`, 200, { pinned: false });
  expect(await pinned()).toEqual([]);
  expect(heardBy(await log())).toEqual(["chat:message to all", "chat:pinned to all", "chat:pinned to all"]);
});

test("five hundred who join at once are each told what is their own", async () => {
  const { sessionId, people, moderator, path } = await chatScene(api, { members: 3 });
  const [ada, bob] = people as [(typeof people)[0], (typeof people)[0]];
  await moderator.send("POST", `${path}/mutes`, 201, { userId: ada.id, seconds: 600, shadow: true });
  await moderator.send("POST", `${path}/mutes`, 201, { userId: bob.id, seconds: 600 });
  await ada.say("unheard");
  const others = Array.from({ length: 497 }, () => newIdentifier("viewer"));
  const anonymous = others.map((viewerId) => ({ ...viewer(viewerId), userId: null, role: null, name: null }));
  const viewers = [...people.map(({ id }) => viewer(id)), ...anonymous];
  const { body } = await callInternal(api, "POST", `/internal/sessions/${sessionId}/join`, 200, { viewers });
  expect(body.verdicts.length).toBe(500);
  const [adas, bobs, carols, nobodys] = body.verdicts.map((verdict: { mine: object }) => verdict.mine);
  expect(adas).toMatchObject({ messages: [{ text: "unheard", held: false }], mutedUntil: null });
  expect(bobs.mutedUntil).toMatch(/Z$/);
  expect(carols).toEqual(nobodys);
  const silenced = body.verdicts.map(({ silencedUntil }: { silencedUntil: string | null }) => silencedUntil);
  expect(silenced.slice(0, 4), "the gateway knows of both kinds of mute").toEqual([
    expect.stringMatching(/Z$/),
    bobs.mutedUntil,
    null,
    null,
  ]);
  expect(JSON.stringify(adas)).not.toContain(silenced[0]);
});
