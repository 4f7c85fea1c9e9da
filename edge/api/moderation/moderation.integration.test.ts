/** Every tool of moderation as the moderated person meets it, and what stays of it in the audit. */
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ChatMessageList, MuteList } from "../../protocol/chat.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { chatScene, heardBy } from "../chat/test-chat-scene.ts";
import { makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

test("muted: I am told for how long, I can neither write nor ask, and read on; then I write again", async () => {
  const { ada, bob, moderator, path, sessionId, log, audited } = await chatScene(api);
  const { body: mute } = await moderator.send("POST", `${path}/mutes`, 201, { userId: ada.id, seconds: 600 });
  expect(mute).toMatchObject({ userId: ada.id, name: "Person 0", shadow: false });
  const refused = await ada.say("hello?", { status: 403 });
  expect(refused.body.type).toBe("/problems/muted");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(500);
  await ada.send("POST", `/api/questions/session/${sessionId}`, 403, { text: "Why?" });
  await bob.say("poor Ada");
  expect(await ada.reads()).toEqual(["poor Ada"]);
  expect((await ada.mine()).mutedUntil).toBe(mute.until);
  const listed = v.parse(MuteList, (await moderator.send("GET", `${path}/mutes`, 200)).body);
  expect(listed).toEqual({ items: [mute], nextCursor: null });

  await moderator.send("DELETE", `${path}/mutes/${ada.id}`, 204);
  await moderator.send("DELETE", `${path}/mutes/${ada.id}`, 204);
  await ada.say("back again");
  expect((await ada.mine()).mutedUntil).toBeNull();
  expect(heardBy(await log())).toEqual([
    "chat:muted to staff+",
    "chat:message to all",
    "chat:muted to staff+",
    "chat:message to all",
  ]);
  expect(await audited()).toMatchObject([
    { action: "user.muted", actorId: moderator.id, detail: { sessionId, seconds: 600, shadow: false } },
    { action: "user.unmuted", actorId: moderator.id },
  ]);
});

test("a mute ends by itself", async () => {
  const { ada, moderator, path, db } = await chatScene(api);
  await moderator.send("POST", `${path}/mutes`, 201, { userId: ada.id, seconds: 600 });
  await db.execute(
    `update chat_mutes set until = now() - interval '1 millisecond' where user_id = '${ada.id}'`,
  );
  await ada.say("finally");
  expect((await moderator.send("GET", `${path}/mutes`, 200)).body.items).toEqual([]);
});

test("shadow-muted: everything looks to me as ever, and nobody else but staff hears me", async () => {
  const { ada, bob, moderator, path, log } = await chatScene(api);
  await moderator.send("POST", `${path}/mutes`, 201, { userId: ada.id, seconds: 600, shadow: true });
  const { body: unheard } = await ada.say("listen to me");
  const { body: heard } = await bob.say("nice day");
  expect(Object.keys(unheard).sort()).toEqual(Object.keys(heard).sort());
  expect(unheard).toMatchObject({ held: false, pinned: false });
  await ada.say("I reply to myself", { replyTo: unheard.id });
  expect(await ada.reads()).toEqual(["listen to me", "nice day", "I reply to myself"]);
  expect(await bob.reads()).toEqual(["nice day"]);
  expect(await ada.mine()).toMatchObject({
    mutedUntil: null,
    messages: [{ text: "listen to me" }, { text: "I reply to myself" }],
  });
  const forAda = (await log()).filter(
    ({ audience }) => audience.kind === "all" || audience.userId === ada.id,
  );
  expect(
    forAda.map(({ type }) => type),
    "nothing tells of the mute",
  ).toEqual(["chat:message", "chat:message", "chat:message"]);
  // To others it is not there, whatever they try.
  await bob.send("POST", path, 422, { text: "what?", replyTo: unheard.id });
  await bob.send("DELETE", `/api/chat/${unheard.id}`, 404);
  await moderator.send("PATCH", `/api/chat/${unheard.id}/pin`, 409, { pinned: true });
  const shadowed = await moderator.send("GET", `${path}/held?state=shadowed`, 200);
  expect(shadowed.body.items.map(({ text }: { text: string }) => text)).toEqual([
    "listen to me",
    "I reply to myself",
  ]);
  await ada.send("DELETE", `/api/chat/${unheard.id}`, 204);
  expect(await ada.reads()).toEqual(["nice day", "I reply to myself"]);
  expect(heardBy((await log()).slice(-1))).toEqual(["chat:deleted to staff+"]);
  await moderator.send("DELETE", `${path}/mutes/${ada.id}`, 204);
  await ada.say("and now?");
  expect(await bob.reads()).toEqual(["nice day", "and now?"]);
});

test("held: I see that it waits, others see nothing; approved, everyone does; refused, nobody", async () => {
  const { ada, bob, moderator, path, sessionId, log, audited } = await chatScene(api, {
    session: { chatModerated: true },
  });
  const { body: good } = await ada.say("a good question");
  const { body: bad } = await ada.say("a bad one");
  expect(good.held).toBe(true);
  expect(await bob.reads()).toEqual([]);
  expect(await ada.reads()).toEqual(["a good question", "a bad one"]);
  expect((await ada.mine()).messages).toEqual([good, bad]);
  await ada.send("GET", `${path}/held`, 403);
  await ada.send("PATCH", `/api/chat/${good.id}/review`, 403, { approve: true });
  await bob.send("PATCH", `/api/chat/${good.id}/review`, 404, { approve: true });

  const held = v.parse(ChatMessageList, (await moderator.send("GET", `${path}/held?limit=1`, 200)).body);
  expect(held.items).toEqual([good]);
  const rest = await moderator.send("GET", `${path}/held?limit=1&cursor=${held.nextCursor}`, 200);
  expect(rest.body).toEqual({ items: [bad], nextCursor: null });
  await moderator.say("said meanwhile");
  const { body: approved } = await moderator.send("PATCH", `/api/chat/${good.id}/review`, 200, {
    approve: true,
  });
  expect(approved).toEqual({ ...good, held: false, seq: 4 });
  await moderator.send("PATCH", `/api/chat/${bad.id}/review`, 204, { approve: false });
  expect(await bob.reads(), "it stands where it was let through").toEqual([
    "said meanwhile",
    "a good question",
  ]);
  expect(await ada.reads()).toEqual(["said meanwhile", "a good question"]);
  expect((await ada.mine()).messages).toEqual([]);
  expect((await moderator.send("GET", `${path}/held`, 200)).body.items).toEqual([]);
  expect(heardBy(await log())).toEqual([
    "chat:held to staff+",
    "chat:held to staff+",
    "chat:message to all",
    "chat:message to all",
    "chat:deleted to staff+",
  ]);
  expect(await audited()).toMatchObject([
    { action: "message.approved", detail: { userId: ada.id, sessionId } },
    { action: "message.refused", detail: { userId: ada.id, sessionId } },
  ]);
});

test("words: they hold my message, or refuse it, from the moment they are set", async () => {
  const { ada, bob, moderator, sessionId, eventId, audited } = await chatScene(api);
  const settings = `/api/sessions/${sessionId}/moderation`;
  await ada.say("this is spam");
  const change = { blockedWords: ["spam*", "buy now"], blockedWordsAction: "hold" };
  expect((await moderator.send("PATCH", settings, 200, change)).body).toMatchObject(change);
  expect((await ada.say("more S\u200bPÄM-mail")).body.held).toBe(true);
  await moderator.send("PATCH", settings, 200, { blockedWordsAction: "refuse" });
  expect((await ada.say("spammers", { status: 422 })).body.type).toBe("/problems/words-refused");
  expect((await ada.say("Buy   NOW!", { status: 422 })).body.type).toBe("/problems/words-refused");
  await moderator.say("no spam please");
  expect(await bob.reads()).toEqual(["this is spam", "no spam please"]);
  await api.settled();
  const told = api.roomCalls.filter(({ call, args }) => call === "publishToEvent" && args[0] === eventId);
  expect(told.length, "its event hears of the session anew").toBe(2);
  expect(JSON.stringify(told), "but not of the words").not.toContain("buy now");
  expect(await audited()).toMatchObject([
    { action: "moderation.updated", detail: { changed: ["blockedWords", "blockedWordsAction"] } },
    { action: "moderation.updated", detail: { changed: ["blockedWordsAction"] } },
  ]);
});

test("slow mode, haste and repetition: I am told when to speak again", async () => {
  const { ada, bob, moderator, sessionId } = await chatScene(api);
  const settings = `/api/sessions/${sessionId}/moderation`;
  await ada.say("echo");
  const again = await ada.say("ECHO ", { status: 409 });
  expect(again.body.type).toBe("/problems/said-already");
  expect(Number(again.headers.get("retry-after"))).toBeGreaterThan(20);
  for (const text of ["2", "3", "4", "5"]) await ada.say(text);
  const hasty = await ada.say("6", { status: 429 });
  expect(Number(hasty.headers.get("retry-after"))).toBeLessThanOrEqual(10);
  await moderator.send("PATCH", settings, 200, { slowModeSeconds: 300 });
  await bob.say("one");
  const slow = await bob.say("two", { status: 429 });
  expect(slow.body.retryAfterSeconds).toBeGreaterThan(250);
  for (const text of ["same", "same", "same", "same", "same", "same"]) await moderator.say(text);
});

test("cleared: what I said is gone, also to me; what others said stays when it was about me alone", async () => {
  const { ada, bob, moderator, path, log, audited } = await chatScene(api);
  const { body: pinned } = await ada.say("ada 1");
  await moderator.send("PATCH", `/api/chat/${pinned.id}/pin`, 200, { pinned: true });
  await bob.say("bob 1");
  await ada.send("POST", `${path}/clear`, 403, {});
  await moderator.send("POST", `${path}/clear`, 204, { userId: ada.id });
  expect(await ada.reads()).toEqual(["bob 1"]);
  await ada.say("ada 2");
  await moderator.send("POST", `${path}/clear`, 204);
  expect(await bob.reads()).toEqual([]);
  await bob.say("bob 2");
  expect(await ada.reads()).toEqual(["bob 2"]);
  await moderator.send("POST", `${path}/clear`, 404, { userId: newIdentifier("user") });
  expect(heardBy(await log()).filter((each) => each.startsWith("chat:cleared"))).toEqual([
    "chat:cleared to all",
    "chat:cleared to all",
  ]);
  expect((await audited()).filter(({ action }) => action === "chat.cleared")).toMatchObject([
    { detail: { userId: ada.id } },
    { detail: { userId: null } },
  ]);
});

test("deleted by staff: it is gone for everyone, and the audit says whose it was", async () => {
  const { ada, bob, moderator, audited } = await chatScene(api);
  const { body: message } = await ada.say("rude");
  await moderator.send("DELETE", `/api/chat/${message.id}`, 204);
  await moderator.send("DELETE", `/api/chat/${message.id}`, 204);
  expect([await ada.reads(), await bob.reads()]).toEqual([[], []]);
  expect(await audited()).toMatchObject([
    {
      action: "message.deleted",
      actorId: moderator.id,
      subject: { kind: "message", id: message.id },
      detail: { userId: ada.id },
    },
  ]);
});

test("switched off: nobody writes, and everyone reads on", async () => {
  const { ada, moderator, sessionId } = await chatScene(api);
  await ada.say("before");
  await moderator.send("PATCH", `/api/sessions/${sessionId}/moderation`, 200, { chatEnabled: false });
  expect((await ada.say("after", { status: 409 })).body.type).toBe("/problems/chat-disabled");
  expect(await ada.reads()).toEqual(["before"]);
});

test("settings are staff's to see, and refuse what makes no sense", async () => {
  const { ada, moderator, sessionId, audited } = await chatScene(api);
  const settings = `/api/sessions/${sessionId}/moderation`;
  await ada.send("GET", settings, 403);
  const { body: before } = await moderator.send("GET", settings, 200);
  expect(before).toMatchObject({ sessionId, chatModerated: false, duplicateSeconds: 30, blockedWords: [] });
  for (const body of [
    { slowModeSeconds: -1 },
    { slowModeSeconds: 3601 },
    { duplicateSeconds: 1.5 },
    { blockedWords: [""] },
    { blockedWords: ["a\ud800"] },
    { blockedWords: ["a\u0000b"] },
    { blockedWords: Array.from({ length: 501 }, (_, index) => `word${index}`) },
    { blockedWordsAction: "ban" },
    { chatEnabled: "yes" },
  ]) {
    await moderator.send("PATCH", settings, 422, body);
  }
  expect((await moderator.send("PATCH", settings, 200, {})).body).toEqual(before);
  expect(await audited()).toEqual([]);
});

test("staff cannot be muted, people who are not there neither, and for no time that makes no sense", async () => {
  const { ada, moderator, path, db } = await chatScene(api);
  const admin = await makeUser(db, "admin");
  await moderator.send("POST", `${path}/mutes`, 409, { userId: admin, seconds: 60 });
  await moderator.send("POST", `${path}/mutes`, 409, { userId: moderator.id, seconds: 60 });
  await moderator.send("POST", `${path}/mutes`, 422, { userId: newIdentifier("user"), seconds: 60 });
  for (const seconds of [0, -1, 1.5, 1e12, "60"])
    await moderator.send("POST", `${path}/mutes`, 422, { userId: ada.id, seconds });
  await moderator.send("DELETE", `${path}/mutes/${newIdentifier("user")}`, 404);
});

test("a list of mutes goes on page by page", async () => {
  const { people, moderator, path } = await chatScene(api, { members: 5 });
  for (const { id } of people)
    await moderator.send("POST", `${path}/mutes`, 201, { userId: id, seconds: 60 });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { body } = await moderator.send(
      "GET",
      `${path}/mutes?limit=2${cursor ? `&cursor=${cursor}` : ""}`,
      200,
    );
    seen.push(...body.items.map(({ userId }: { userId: string }) => userId));
    cursor = body.nextCursor;
  } while (cursor);
  expect(seen).toEqual(people.map(({ id }) => id));
});
