import { and, eq, ne } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { logins, users } from "../../db/schema/accounts-tables.ts";
import { attendees, waitlist } from "../../db/schema/events-tables.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { sessionEvents } from "../../db/schema/session-log-tables.ts";
import type { Role } from "../../protocol/accounts.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { callInternal, call as callWith, signIn } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, freshEmail, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: { userId: string; token: string };
beforeAll(async () => {
  api = await createTestApi();
  admin = await person("admin");
});
beforeEach(() => {
  api.roomCalls.length = 0;
});
afterAll(() => api.drop());

const call = (method: string, path: string, status: number, options: Parameters<typeof callWith>[4] = {}) =>
  callWith(api, method, path, status, options);

let people = 0;
/** Each a millisecond younger than the one before: of two made in one, the id would decide which is listed first. */
async function person(role: Role = "attendee", name = "Ada") {
  const createdAt = new Date(Date.UTC(2026, 0, 1) + people++);
  const userId = await makeUser(api.deps.db, role, name, { createdAt });
  return { userId, ...(await signIn(api, userId)) };
}

test("a list is searched by a part of name or email in any case, and by role, and never shows a hash", async () => {
  const mark = newIdentifier("user").slice(4).toLowerCase();
  const [ada] = [await person("speaker", `Ada ${mark}`), await person("attendee", `Bob ${mark}`)];
  const list = (query: string) => call("GET", `/api/users?${query}`, 200, { token: admin.token });
  const found = await list(`q=${mark.toUpperCase()}`);
  expect(found.body.items.map(({ name }: { name: string }) => name)).toEqual([`Bob ${mark}`, `Ada ${mark}`]);
  expect((await list(`q=${mark}&role=speaker`)).body.items.map(({ id }: { id: string }) => id)).toEqual([
    ada?.userId,
  ]);
  expect((await list(`q=${ada?.userId.toLowerCase()}`)).body.items.length).toBe(1);
  expect((await list("q=%25%25")).body.items).toEqual([]);
  expect((await list("q=_%5C")).body.items).toEqual([]);
  expect(found.text).not.toMatch(/hash|password/i);
});

test("pages stay right while people are added", async () => {
  const mark = newIdentifier("user").slice(4);
  const names = Array.from({ length: 7 }, (_, index) => `${mark} ${index}`);
  for (const name of names) await person("attendee", name);
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = `/api/users?q=${mark}&limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const { body } = await call("GET", query, 200, { token: admin.token });
    seen.push(...body.items.map(({ name }: { name: string }) => name));
    await person("attendee", `${mark} latecomer`);
    cursor = body.nextCursor;
  }
  expect(seen).toEqual([...names].reverse());
});

test("one sees oneself, an admin sees everyone, nobody else is there", async () => {
  const [ada, eve, moderator] = [await person(), await person(), await person("moderator")];
  await call("GET", `/api/users/${ada.userId}`, 200, { token: ada.token });
  await call("GET", `/api/users/${ada.userId}`, 200, { token: admin.token });
  for (const { token } of [eve, moderator]) {
    await call("GET", `/api/users/${ada.userId}`, 404, { token });
    await call("PUT", `/api/users/${ada.userId}`, 404, { token, body: { name: "Eve" } });
    await call("DELETE", `/api/users/${ada.userId}`, 404, { token });
  }
  await call("GET", "/api/users", 403, { token: moderator.token });
  await call("GET", "/api/users", 401);
});

test("one changes one's own name, email and picture, and what is left out stays", async () => {
  const ada = await person();
  const email = freshEmail();
  const put = (body: object, status = 200, headers = {}) =>
    call("PUT", `/api/users/${ada.userId}`, status, { token: ada.token, body, headers });
  await put({ email: ` ${email.toUpperCase()}`, avatarUrl: "https://example.org/ada.png" });
  const { body, headers } = await put({ name: "Ada Lovelace" });
  expect(body).toMatchObject({ name: "Ada Lovelace", email, avatarUrl: "https://example.org/ada.png" });
  const tag = { "if-match": headers.get("etag") ?? "" };
  await put({ avatarUrl: null }, 200, tag);
  expect((await put({ name: "Too late" }, 412, tag)).body.type).toBe("/problems/changed-meanwhile");
});

test("nobody becomes an admin by changing their own account", async () => {
  const ada = await person();
  await call("PUT", `/api/users/${ada.userId}`, 200, {
    token: ada.token,
    body: { name: "A", role: "admin" },
  });
  expect((await call("GET", `/api/users/${ada.userId}`, 200, { token: ada.token })).body.role).toBe(
    "attendee",
  );
  await call("PATCH", `/api/users/${ada.userId}/role`, 403, { token: ada.token, body: { role: "admin" } });
});

test("an email belongs to one account", async () => {
  const [ada, eve] = [await person(), await person()];
  const { email } = (await call("GET", `/api/users/${ada.userId}`, 200, { token: ada.token })).body;
  const { body } = await call("PUT", `/api/users/${eve.userId}`, 409, { token: eve.token, body: { email } });
  expect(body.type).toBe("/problems/email-taken");
});

test.each([
  { name: "" },
  { name: "x".repeat(1_000_00) },
  { name: "a\u0000b" },
  { name: "\ud800" },
  { name: "a\u202eb" },
  { name: 7 },
  { email: "nobody" },
  { email: `${"a".repeat(300)}@example.org` },
  { email: null },
  { avatarUrl: "javascript:alert(1)" },
  { avatarUrl: "data:text/html,<script>" },
  { avatarUrl: "https://user:secret@example.org/" },
  { avatarUrl: "https://example.org/a b" },
  { avatarUrl: `https://example.org/${"a".repeat(3000)}` },
])("an account cannot become %j", async (body) => {
  const ada = await person();
  await call("PUT", `/api/users/${ada.userId}`, 422, { token: ada.token, body });
});

test.each(["..%2Fusers", "usr_", `usr_${"a".repeat(10_240)}`, "evt_abc", "%2e%2e%2f", "usr_%00"])(
  "nobody is found under %s",
  async (id) => {
    await call("GET", `/api/users/${id}`, 404, { token: admin.token });
  },
);

test("a role holds from the next request on, is audited, and the person's sockets are closed", async () => {
  const ada = await person();
  const role = (value: string) =>
    call("PATCH", `/api/users/${ada.userId}/role`, 200, { token: admin.token, body: { role: value } });
  expect((await role("admin")).body.role).toBe("admin");
  await call("GET", "/api/users", 200, { token: ada.token });
  await role("attendee");
  await call("GET", "/api/users", 403, { token: ada.token });
  await role("attendee");
  await api.settled();
  const told = { call: "revoke", args: [{ id: expect.any(Number), userId: ada.userId, code: 4401 }] };
  expect(api.roomCalls).toEqual([told, told]);
  const ofAda = eq(auditLog.subjectId, ada.userId);
  const entries = await api.deps.db.select().from(auditLog).where(ofAda).orderBy(auditLog.at);
  expect(entries.map(({ action, actorId, detail }) => [action, actorId, detail])).toEqual([
    ["user.role-changed", admin.userId, { from: "attendee", to: "admin" }],
    ["user.role-changed", admin.userId, { from: "admin", to: "attendee" }],
  ]);
});

test("an unknown role is refused", async () => {
  const ada = await person();
  for (const role of ["owner", "Admin", "", null, ["admin"], { admin: true }]) {
    await call("PATCH", `/api/users/${ada.userId}/role`, 422, { token: admin.token, body: { role } });
  }
});

test("a deleted account leaves nothing personal, and what was said stays as a deleted user's", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { maxAttendees: 1 });
  const sessionId = await makeSession(db, eventId);
  const [ada, next] = [await person("attendee", "Ada Lovelace"), await person()];
  await seat(db, eventId, ada.userId);
  await db.insert(waitlist).values({ eventId, userId: next.userId });
  const command = {
    type: "chat:send",
    userId: ada.userId,
    ref: newIdentifier("request"),
    data: { text: "Hello" },
  };
  await callInternal(api, "POST", `/internal/sessions/${sessionId}/commit`, 200, { commands: [command] });

  await call("DELETE", `/api/users/${ada.userId}`, 204, { token: ada.token });

  await call("GET", "/api/auth/me", 401, { token: ada.token });
  await call("GET", `/api/users/${ada.userId}`, 404, { token: admin.token });
  await call("DELETE", `/api/users/${ada.userId}`, 404, { token: admin.token });
  const [row] = await db.select().from(users).where(eq(users.id, ada.userId));
  expect(row).toMatchObject({ name: "Deleted user", passwordHash: null, role: "attendee", avatarUrl: null });
  expect(row?.email).toMatch(/^deleted-.*@deleted\.invalid$/);
  expect(await db.select().from(logins).where(eq(logins.userId, ada.userId))).toEqual([]);
  const log = await db.select().from(sessionEvents).where(eq(sessionEvents.sessionId, sessionId));
  expect(log.length).toBe(1);
  expect(JSON.stringify(log)).not.toContain("Lovelace");
  const seats = await db.select().from(attendees).where(eq(attendees.eventId, eventId));
  expect(seats.map(({ userId }) => userId)).toEqual([next.userId]);
  await api.settled();
  expect(api.roomCalls).toContainEqual({
    call: "revoke",
    args: [{ id: expect.any(Number), userId: ada.userId, code: 4401 }],
  });
});

test("who deleted an account may register with its email again", async () => {
  const ada = await person();
  const { email } = (await call("GET", `/api/users/${ada.userId}`, 200, { token: ada.token })).body;
  await call("DELETE", `/api/users/${ada.userId}`, 204, { token: admin.token });
  const body = { email, password: "correct horse battery", name: "Ada" };
  await call("POST", "/api/auth/register", 201, { body });
});

async function onlyAdmins(count: number) {
  const admins = await Promise.all(Array.from({ length: count }, () => person("admin")));
  const ids = admins.map(({ userId }) => userId);
  for (const { id } of await api.deps.db
    .select({ id: users.id })
    .from(users)
    .where(eq(users.role, "admin"))) {
    if (!ids.includes(id)) await api.deps.db.update(users).set({ role: "attendee" }).where(eq(users.id, id));
  }
  return admins;
}

const adminsLeft = () =>
  api.deps.db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, "admin"), ne(users.id, "")));

test("the last admin can be neither demoted nor deleted, not even from two sides at once", async () => {
  try {
    const [last] = await onlyAdmins(1);
    const { userId, token } = last!;
    const demotion = await call("PATCH", `/api/users/${userId}/role`, 409, {
      token,
      body: { role: "moderator" },
    });
    expect(demotion.body.type).toBe("/problems/last-admin");
    expect((await call("DELETE", `/api/users/${userId}`, 409, { token })).body.type).toBe(
      "/problems/last-admin",
    );
    await call("GET", "/api/users", 200, { token });

    for (let round = 0; round < 5; round++) {
      const pair = await onlyAdmins(2);
      const answers = await Promise.all(
        pair.map(({ token: own }, index) => {
          const other = pair[1 - index]!.userId;
          return api.publicApp.request(`/api/users/${other}${round % 2 ? "" : "/role"}`, {
            method: round % 2 ? "DELETE" : "PATCH",
            headers: { authorization: `Bearer ${own}`, "content-type": "application/json" },
            ...(round % 2 ? {} : { body: JSON.stringify({ role: "attendee" }) }),
          });
        }),
      );
      const statuses = answers.map(({ status }) => status);
      expect((await adminsLeft()).length, statuses.join()).toBe(1);
      // Whoever was demoted first may be told so as no admin, to whom the other is not there.
      expect(statuses.filter((status) => status < 300).length, statuses.join()).toBe(1);
      for (const status of statuses) expect([200, 204, 401, 403, 404, 409]).toContain(status);
    }
  } finally {
    await api.deps.db.update(users).set({ role: "admin" }).where(eq(users.id, admin.userId));
  }
});
