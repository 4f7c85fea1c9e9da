import { afterAll, beforeAll, expect, test } from "vitest";
import { logins } from "../../db/schema/accounts-tables.ts";
import { plays, viewerHours } from "../../db/schema/watching-tables.ts";
import type { UserData } from "../../protocol/user-activity.ts";
import { chatScene } from "../chat/test-chat-scene.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { makeStream, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

async function dataOf(userId: string, token: string): Promise<{ data: UserData; text: string }> {
  const { body, text, headers } = await call(api, "GET", `/api/users/${userId}/data`, 200, { token });
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("content-disposition")).toMatch(
    /^attachment; filename="Person 0 \d{4}-\d\d-\d\d\.json"/,
  );
  return { data: body, text };
}

test("a person gets everything that is kept about them, and no secret", async () => {
  const { ada, moderator, sessionId, eventId, db } = await chatScene(api);
  await ada.say("Hello");
  await moderator.send("POST", `/api/chat/session/${sessionId}/mutes`, 201, {
    userId: ada.id,
    seconds: 60,
    shadow: true,
  });
  const { id: streamId } = await makeStream(db);
  const hour = new Date("2027-04-01T10:00:00.000Z");
  await db.insert(plays).values({
    streamId,
    viewerId: ada.id,
    playId: "play",
    sessionId,
    device: "phone",
    browser: "Safari",
    firstAt: hour,
    joinMs: 1500,
  });
  await db.insert(viewerHours).values({
    scopeId: sessionId,
    viewerId: ada.id,
    hour,
    firstAt: hour,
    lastAt: hour,
    watchedSeconds: 3,
    renditions: { "720p": 3 },
  });
  const { data, text } = await dataOf(ada.id, ada.token);
  expect(data.account.id).toBe(ada.id);
  expect(data.logins).toHaveLength(1);
  expect(data.events).toMatchObject([
    { id: eventId, title: "Launch", role: null, bannedAt: null, speaksIn: [] },
  ]);
  expect(data.activity.map(({ kind }) => kind)).toContain("message");
  expect(data.watchingHours).toMatchObject([
    { of: sessionId, watchSeconds: 3, renditionSeconds: { "720p": 3 } },
  ]);
  expect(data.players).toEqual([
    {
      streamId,
      sessionId,
      device: "phone",
      browser: "Safari",
      firstAt: hour.toISOString(),
      joinSeconds: 1.5,
    },
  ]);
  // Somebody who is muted without being told is not told here.
  expect(data.audit).toEqual([]);
  expect(text).not.toContain("passwordHash");
  const asAdmin = await dataOf(ada.id, await newToken(api, "admin"));
  expect(asAdmin.data.audit).toMatchObject([
    { action: "user.muted", by: "staff", subject: { kind: "user", id: ada.id } },
  ]);
  // What the moderator did is the moderator's, too.
  const own = await call(api, "GET", `/api/users/${moderator.id}/data`, 200, moderator);
  expect(own.body.audit).toMatchObject([{ action: "user.muted", by: "the person" }]);
});

test("lists that are longer than a page are whole", async () => {
  const userId = await makeUser(api.deps.db, "attendee", "Person 0");
  const { token } = await signIn(api, userId);
  const expiresAt = new Date("2027-02-01T00:00:00.000Z");
  const many = Array.from({ length: 1100 }, (_, index) => ({
    id: `lgn_many${index}${userId.slice(4)}`,
    userId,
    expiresAt,
    createdAt: new Date(1_800_000_000_000 + Math.floor(index / 3)),
  }));
  await api.deps.db.insert(logins).values(many);
  const { data } = await dataOf(userId, token);
  expect(data.logins).toHaveLength(1101);
  expect(new Set(data.activity.map(({ id }) => id)).size).toBe(1101);
});

test("another person's data is not there", async () => {
  const userId = await makeUser(api.deps.db);
  await call(api, "GET", `/api/users/${userId}/data`, 404, { token: await newToken(api) });
  await call(api, "GET", `/api/users/${userId}/data`, 401);
});
