import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { socketRevocations } from "../../db/schema/accounts-tables.ts";
import { attendees } from "../../db/schema/events-tables.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import type { Announcement } from "../../protocol/events.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeUser, makeUsers, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const tokenOf = async (userId: string) => (await signIn(api, userId)).token;
async function moderatorOf(eventId: string): Promise<string> {
  const id = await makeUser(api.deps.db);
  await giveRole(api.deps.db, eventId, id, "moderator");
  return tokenOf(id);
}
async function everyPage(path: string, token: string, limit: number) {
  const items = [];
  let cursor = "";
  do {
    const { body } = await call(api, "GET", `${path}?limit=${limit}${cursor && `&cursor=${cursor}`}`, 200, {
      token,
    });
    items.push(...body.items);
    cursor = body.nextCursor ?? "";
  } while (cursor !== "");
  return items;
}

test("staff see who has joined and when, page by page, each once; others do not", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const people = await makeUsers(db, 7);
  const joinedAt = new Date();
  // All of one millisecond: the id decides.
  await db.insert(attendees).values(people.map((userId) => ({ eventId, userId, joinedAt })));
  await giveRole(db, eventId, people[0]!, "speaker");
  const path = `/api/events/${eventId}/attendees`;
  const items = await everyPage(path, await moderatorOf(eventId), 3);
  expect(items.map(({ user }) => user.id)).toEqual([...people].sort());
  expect(items[0]).toHaveProperty("joinedAt", joinedAt.toISOString());
  expect(items.find(({ user }) => user.id === people[0]).user.role).toBe("speaker");
  expect(JSON.stringify(items)).not.toContain("@example.org");
  await call(api, "GET", path, 403, { token: await tokenOf(people[0]!) });
  await call(api, "GET", path, 401);
  for (const bad of ["cursor=x", "limit=0", "limit=201"])
    await call(api, "GET", `${path}?${bad}`, 422, { token: admin });
});

test("a list stays right while people come", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const early = await makeUsers(db, 4);
  for (const id of early) await seat(db, eventId, id);
  const path = `/api/events/${eventId}/attendees`;
  const first = await call(api, "GET", `${path}?limit=2`, 200, { token: admin });
  const late = await makeUsers(db, 2);
  await seat(db, eventId, ...late);
  const rest = await call(api, "GET", `${path}?limit=200&cursor=${first.body.nextCursor}`, 200, {
    token: admin,
  });
  const ids = [...first.body.items, ...rest.body.items].map(({ user }: { user: { id: string } }) => user.id);
  expect(new Set(ids)).toEqual(new Set([...early, ...late]));
  expect(ids).toHaveLength(6);
});

test("a role given in one event counts there and nowhere else, from the next request on", async () => {
  const { db } = api.deps;
  const [here, elsewhere] = [await makeEvent(db), await makeEvent(db)];
  const userId = await makeUser(db);
  const token = await tokenOf(userId);
  const member = `/api/events/${here}/members/${userId}`;
  await call(api, "GET", `/api/events/${here}/attendees`, 403, { token });
  const given = await call(api, "PUT", member, 200, { token: admin, body: { role: "moderator" } });
  expect(given.body).toEqual({ eventId: here, userId, role: "moderator" });
  await call(api, "GET", `/api/events/${here}/attendees`, 200, { token });
  await call(api, "GET", `/api/events/${elsewhere}/attendees`, 403, { token });
  expect(await everyPage(`/api/events/${here}/members`, admin, 50)).toEqual([given.body]);
  await call(api, "PUT", member, 200, { token: admin, body: { role: "attendee" } });
  await call(api, "GET", `/api/events/${here}/attendees`, 403, { token });
  await call(api, "DELETE", member, 204, { token: admin });
  await call(api, "DELETE", member, 204, { token: admin });
  expect(await everyPage(`/api/events/${here}/members`, admin, 50)).toEqual([]);
  await api.settled();
  // Became staff, was lowered, was taken away: each time the sockets come in anew.
  const told = api.roomCalls.filter(
    ({ call, args }) => call === "revoke" && (args[0] as { userId: string }).userId === userId,
  );
  expect(told.map(({ args }) => args[0])).toEqual(
    Array(3).fill(expect.objectContaining({ eventId: here, code: 4401 })),
  );
  const entries = await db.select().from(auditLog).where(eq(auditLog.subjectId, userId));
  expect(entries.map(({ action }) => action).sort()).toEqual(["member.removed", "member.set", "member.set"]);
});

test("only admins give roles, only roles of an event, and only to people", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const userId = await makeUser(db);
  const moderator = await moderatorOf(eventId);
  const path = `/api/events/${eventId}/members/${userId}`;
  await call(api, "PUT", path, 403, { token: moderator, body: { role: "moderator" } });
  await call(api, "DELETE", path, 403, { token: moderator });
  for (const body of [{ role: "admin" }, { role: "" }, {}, { role: ["moderator"] }]) {
    await call(api, "PUT", path, 422, { token: admin, body });
  }
  for (const id of [newIdentifier("user"), "x", "..%2f..%2fusers", `usr_${"x".repeat(10_240)}`, "usr_%00"]) {
    await call(api, "PUT", `/api/events/${eventId}/members/${id}`, 404, {
      token: admin,
      body: { role: "speaker" },
    });
    await call(api, "POST", `/api/events/${eventId}/bans/${id}`, 404, { token: admin });
  }
});

test("a ban takes seat and role, closes the sockets in the event, and keeps the person out until it is lifted", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { maxAttendees: 1 });
  const [userId, next] = [await makeUser(db), await makeUser(db)];
  await seat(db, eventId, userId);
  await giveRole(db, eventId, userId, "speaker");
  const [token, nextToken] = [await tokenOf(userId), await tokenOf(next)];
  await call(api, "POST", `/api/events/${eventId}/join`, 202, { token: nextToken, body: { waitlist: true } });
  const moderator = await moderatorOf(eventId);
  const path = `/api/events/${eventId}/bans/${userId}`;
  const made = await call(api, "POST", path, 201, { token: moderator });
  expect((await call(api, "POST", path, 200, { token: moderator })).body).toEqual(made.body);
  expect(await everyPage(`/api/events/${eventId}/bans`, moderator, 50)).toEqual([made.body]);
  await api.settled();
  expect(api.roomCalls).toContainEqual({
    call: "revoke",
    args: [expect.objectContaining({ userId, eventId, code: 4403 })],
  });
  const rows = await db.select().from(socketRevocations).where(eq(socketRevocations.userId, userId));
  expect(rows[0]).toMatchObject({ eventId, code: 4403 });
  const seats = await db.select().from(attendees).where(eq(attendees.eventId, eventId));
  expect(seats.map((row) => row.userId)).toEqual([next]);
  expect((await call(api, "POST", `/api/events/${eventId}/join`, 403, { token })).body.type).toBe(
    "/problems/banned",
  );
  await call(api, "DELETE", path, 204, { token: moderator });
  await call(api, "DELETE", path, 204, { token: moderator });
  await call(api, "POST", `/api/events/${eventId}/join`, 409, { token });
  const entries = await db.select().from(auditLog).where(eq(auditLog.subjectId, userId));
  expect(entries.map(({ action }) => action).sort()).toEqual(["ban.created", "ban.lifted"]);
});

test("a ban from a private event takes it out of sight", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { visibility: "private" });
  const userId = await makeUser(db);
  await seat(db, eventId, userId);
  const token = await tokenOf(userId);
  await call(api, "GET", `/api/events/${eventId}`, 200, { token });
  await call(api, "POST", `/api/events/${eventId}/bans/${userId}`, 201, { token: admin });
  await call(api, "GET", `/api/events/${eventId}`, 404, { token });
  const { body } = await call(api, "GET", "/api/events?limit=200", 200, { token });
  expect(body.items.map(({ id }: { id: string }) => id)).not.toContain(eventId);
});

test("staff are not banned, by one another least of all", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const moderator = await moderatorOf(eventId);
  const local = await makeUser(db);
  await giveRole(db, eventId, local, "moderator");
  for (const userId of [local, await makeUser(db, "moderator"), await makeUser(db, "admin")]) {
    const { body } = await call(api, "POST", `/api/events/${eventId}/bans/${userId}`, 409, {
      token: moderator,
    });
    expect(body.type).toBe("/problems/conflict");
  }
  const banned = await makeUser(db);
  await call(api, "POST", `/api/events/${eventId}/bans/${banned}`, 201, { token: moderator });
  await call(api, "PUT", `/api/events/${eventId}/members/${banned}`, 409, {
    token: admin,
    body: { role: "moderator" },
  });
  await call(api, "POST", `/api/events/${eventId}/bans/${banned}`, 403, {
    token: await newToken(api),
  });
});

test("an announcement is kept, and said to everyone in the event", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const moderator = await moderatorOf(eventId);
  const path = `/api/events/${eventId}/announcements`;
  const texts = [
    "Doors open at nine.",
    "  Lunch\n\tis served \u200f <script>alert(1)</script>  ",
    "Good night",
  ];
  const made: Announcement[] = [];
  for (const text of texts)
    made.push((await call(api, "POST", path, 201, { token: moderator, body: { text } })).body);
  expect(made.map(({ text }) => text)).toEqual(texts.map((text) => text.trim()));
  const listed = await call(api, "GET", path, 200);
  expect(listed.body.items).toEqual([...made].reverse());
  await api.settled();
  expect(api.roomCalls).toContainEqual({
    call: "publishToEvent",
    args: [eventId, [{ type: "announcement", data: made[0] }]],
  });
  for (const text of [
    "",
    "  ",
    "x".repeat(2001),
    "x".repeat(900_000),
    "a\0b",
    "\ud800",
    "bell\u0007",
    5,
    null,
  ]) {
    await call(api, "POST", path, 422, { token: moderator, body: { text } });
  }
  await call(api, "POST", path, 403, { token: await newToken(api), body: { text: "x" } });
  await call(api, "POST", path, 401, { body: { text: "x" } });
});
