import { afterAll, beforeAll, expect, test } from "vitest";
import { logins } from "../../db/schema/accounts-tables.ts";
import { sessionReactions } from "../../db/schema/engagement-tables.ts";
import { viewerHours } from "../../db/schema/watching-tables.ts";
import type { Activity } from "../../protocol/user-activity.ts";
import { type ChatPerson, chatScene } from "../chat/test-chat-scene.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let adminToken: string;
beforeAll(async () => {
  api = await createTestApi();
  adminToken = await newToken(api, "admin");
});
afterAll(() => api.drop());

async function activityOf(userId: string, token: string, query = ""): Promise<Activity[]> {
  const { body } = await call(api, "GET", `/api/users/${userId}/activity${query}`, 200, { token });
  return body.items;
}
const kinds = (items: readonly Activity[]) => items.map(({ kind }) => kind).sort();

/** Somebody who has done one of everything, and to whom moderators have done some. */
async function busyScene() {
  const scene = await chatScene(api, { session: { askersVisibleToStaff: false } });
  const { ada, bob, moderator, sessionId, eventId, db } = scene;
  const message = (await ada.say("Hello")).body.id as string;
  await ada.send("POST", `/api/questions/session/${sessionId}`, 201, { text: "Openly?" });
  await ada.send("POST", `/api/questions/session/${sessionId}`, 201, { text: "Secretly?", anonymous: true });
  const asked = await bob.send("POST", `/api/questions/session/${sessionId}`, 201, { text: "Bob's?" });
  await ada.send("POST", `/api/questions/${asked.body.id}/upvote`, 200);
  const poll = await moderator.send("POST", "/api/polls", 201, {
    sessionId,
    question: "Tea?",
    options: ["Yes", "No"],
    multiple: true,
  });
  const optionIds = poll.body.options.map(({ id }: { id: string }) => id);
  await ada.send("POST", `/api/polls/${poll.body.id}/vote`, 200, { optionIds });
  await db.insert(sessionReactions).values([
    { sessionId, userId: ada.id, emoji: "👏", count: 3 },
    { sessionId, userId: ada.id, emoji: "❤️", count: 1 },
  ]);
  const hour = new Date("2027-04-01T10:00:00Z");
  const watched = { viewerId: ada.id, hour, firstAt: hour, lastAt: new Date(hour.getTime() + 60_000) };
  await db.insert(viewerHours).values([
    { ...watched, scopeId: sessionId, watchedSeconds: 42 },
    { ...watched, scopeId: eventId, watchedSeconds: 42 },
  ]);
  await moderator.send("DELETE", `/api/chat/${message}`, 204);
  const mute = (shadow: boolean) =>
    moderator.send("POST", `/api/chat/session/${sessionId}/mutes`, 201, {
      userId: ada.id,
      seconds: 60,
      shadow,
    });
  await mute(false);
  await mute(true);
  await moderator.send("DELETE", `/api/chat/session/${sessionId}/mutes/${ada.id}`, 204);
  return { ...scene, ada: ada as ChatPerson };
}

test("people read all that they did, in time order, and nothing that they must not know", async () => {
  const { ada, eventId, sessionId } = await busyScene();
  const items = await activityOf(ada.id, ada.token);
  expect(kinds(items)).toEqual(
    [
      "signed-in",
      "joined-event",
      "attended",
      "message",
      "question",
      "question",
      "upvote",
      "vote",
      "reactions",
      // The message that was taken away, and the mute that they were told of.
      "moderation",
      "moderation",
    ].sort(),
  );
  const times = items.map(({ at }) => at);
  expect(times).toEqual([...times].sort().reverse());
  const of = (kind: Activity["kind"]) => items.filter((item) => item.kind === kind);
  const session = { id: sessionId, title: "Keynote" };
  const event = { id: eventId, title: "Launch" };
  expect(of("attended")).toEqual([
    {
      kind: "attended",
      id: `attended-${sessionId}`,
      at: "2027-04-01T10:00:00.000Z",
      lastSeenAt: "2027-04-01T10:01:00.000Z",
      watchSeconds: 42,
      session,
      event,
    },
  ]);
  expect(of("vote")).toMatchObject([{ poll: "Tea?", options: ["Yes", "No"], session, event }]);
  expect(of("reactions")).toMatchObject([
    {
      at: "2027-04-01T10:00:00.000Z",
      reactions: [
        { emoji: "👏", count: 3 },
        { emoji: "❤️", count: 1 },
      ],
    },
  ]);
  expect(of("message")).toMatchObject([{ text: "Hello", deleted: true, state: "visible" }]);
  expect(of("question").map((item) => "text" in item && item.text)).toEqual(["Secretly?", "Openly?"]);
  expect(of("upvote")).toMatchObject([{ question: "Bob's?" }]);
  expect(of("joined-event")).toMatchObject([{ event, session: null }]);
  expect(of("moderation")).toMatchObject([
    { action: "user.muted", text: null },
    { action: "message.deleted", text: "Hello", session },
  ]);
});

test("admins read what was done unseen, and not what was asked in secret", async () => {
  const { ada } = await busyScene();
  const items = await activityOf(ada.id, adminToken);
  const asked = items.flatMap((item) => (item.kind === "question" ? [item.text] : []));
  expect(asked).toEqual(["Openly?"]);
  const moderated = items.flatMap((item) => (item.kind === "moderation" ? [item.action] : []));
  expect(moderated).toEqual(["user.unmuted", "user.muted", "user.muted", "message.deleted"]);
});

test("who asked in secret where askers are shown to staff is shown to admins", async () => {
  const { ada, sessionId } = await chatScene(api, { session: { askersVisibleToStaff: true } });
  await ada.send("POST", `/api/questions/session/${sessionId}`, 201, { text: "Secretly?", anonymous: true });
  const items = await activityOf(ada.id, adminToken);
  expect(kinds(items)).toContain("question");
});

test("a message that only its author sees looks to the author like any other", async () => {
  const { ada, moderator, sessionId } = await chatScene(api);
  const mute = { userId: ada.id, seconds: 60, shadow: true };
  await moderator.send("POST", `/api/chat/session/${sessionId}/mutes`, 201, mute);
  await ada.say("Anyone here?");
  const stateFor = async (token: string) =>
    (await activityOf(ada.id, token)).flatMap((item) => (item.kind === "message" ? [item.state] : []));
  expect(await stateFor(ada.token)).toEqual(["visible"]);
  expect(await stateFor(adminToken)).toEqual(["shadowed"]);
  expect(kinds(await activityOf(ada.id, ada.token))).not.toContain("moderation");
});

test("pages neither repeat nor leave out, also where much was done in one moment", async () => {
  const userId = await makeUser(api.deps.db);
  const { token } = await signIn(api, userId);
  const at = new Date("2026-01-01T00:00:00.000Z");
  const expiresAt = new Date("2026-02-01T00:00:00.000Z");
  const ids = Array.from({ length: 7 }, (_, index) => `lgn_same${index}${userId.slice(4)}`);
  await api.deps.db.insert(logins).values(ids.map((id) => ({ id, userId, createdAt: at, expiresAt })));
  const seen: string[] = [];
  let cursor = "";
  do {
    const { body } = await call(api, "GET", `/api/users/${userId}/activity?limit=3${cursor}`, 200, { token });
    seen.push(...body.items.map(({ id }: Activity) => id));
    cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`;
  } while (cursor !== "");
  expect(seen.length).toBe(8);
  expect(new Set(seen).size).toBe(8);
  expect(seen.slice(1)).toEqual(
    [...ids]
      .sort()
      .reverse()
      .map((id) => `signed-in-${id}`),
  );
});

test("only what belongs to an event is listed where one is asked for", async () => {
  const { ada, eventId } = await busyScene();
  const items = await activityOf(ada.id, ada.token, `?eventId=${eventId}`);
  expect(kinds(items)).toEqual(
    kinds(await activityOf(ada.id, ada.token)).filter((kind) => kind !== "signed-in"),
  );
  const elsewhere = await chatScene(api);
  expect(await activityOf(ada.id, ada.token, `?eventId=${elsewhere.eventId}`)).toEqual([]);
  await call(api, "GET", `/api/users/${ada.id}/activity?cursor=x`, 422, ada);
  await call(api, "GET", `/api/users/${ada.id}/activity?eventId=x`, 422, ada);
});
