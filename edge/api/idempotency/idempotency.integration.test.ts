import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { attendees, events } from "../../db/schema/events-tables.ts";
import { idempotencyKeys } from "../../db/schema/operations-tables.ts";
import { createPublicApp } from "../app.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { makeEvent, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, freshEmail, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

let keys = 0;
const freshKey = () => `key-${keys++}`;
const post = (path: string, status: number, key: string, body?: unknown, token = admin) =>
  call(api, "POST", path, status, { token, headers: { "idempotency-key": key }, ...(body ? { body } : {}) });
const countTitled = async (title: string) =>
  (await api.deps.db.select().from(events).where(eq(events.title, title))).length;
const keptRow = async (key: string) =>
  (await api.deps.db.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, key)))[0];

test("the same request with its key is answered the same and does nothing twice", async () => {
  const key = freshKey();
  const first = await post("/api/events", 201, key, { title: "Once" });
  const second = await post("/api/events", 201, key, { title: "Once" });
  expect(second.text).toBe(first.text);
  expect(second.headers.get("content-type")).toBe(first.headers.get("content-type"));
  expect([first.headers.get("idempotency-replayed"), second.headers.get("idempotency-replayed")]).toEqual([
    null,
    "true",
  ]);
  expect(await countTitled("Once")).toBe(1);
});

test("the same key with another body, query or path is a mistake", async () => {
  const key = freshKey();
  const [one, other] = [await makeEvent(api.deps.db), await makeEvent(api.deps.db)];
  await post(`/api/events/${one}/sessions`, 201, key, { title: "Opening" });
  for (const [path, title] of [
    [`/api/events/${one}/sessions`, "Closing"],
    [`/api/events/${one}/sessions?x=1`, "Opening"],
    [`/api/events/${other}/sessions`, "Opening"],
  ] as const) {
    const { body } = await post(path, 422, key, { title });
    expect(body.type, path).toBe("/problems/idempotency-mismatch");
  }
});

test("a key belongs to its caller and its operation", async () => {
  const key = freshKey();
  const { body: event } = await post("/api/events", 201, key, { title: "Mine" });
  const colleague = await newToken(api, "admin");
  const { body: theirs } = await post("/api/events", 201, key, { title: "Mine" }, colleague);
  expect(theirs.id).not.toBe(event.id);
  await post(`/api/events/${event.id}/sessions`, 201, key, { title: "Mine" });
});

test("of many at once through two processes one acts, and the others are answered the same or told to wait", async () => {
  const apps = [createPublicApp(api.deps), createPublicApp(api.deps)];
  for (let round = 0; round < 10; round++) {
    const key = freshKey();
    const title = `Race ${round}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const response = await apps[index % 2]!.request("/api/events", {
          method: "POST",
          headers: {
            authorization: `Bearer ${admin}`,
            "content-type": "application/json",
            "idempotency-key": key,
          },
          body: JSON.stringify({ title }),
        });
        return { status: response.status, body: (await response.json()) as { id: string; type?: string } };
      }),
    );
    const created = answers.filter(({ status }) => status === 201);
    expect(created.length).toBeGreaterThan(0);
    expect(new Set(created.map(({ body }) => body.id)).size).toBe(1);
    const others = answers.filter(({ status }) => status !== 201);
    expect(
      others.every(({ body }) => body.type === "/problems/in-progress"),
      JSON.stringify(others),
    ).toBe(true);
    expect(await countTitled(title)).toBe(1);
    expect((await post("/api/events", 201, key, { title })).body.id).toBe(created[0]?.body.id);
  }
});

test("an answer with a secret is stored nowhere, and its replay says that it was done", async () => {
  const key = freshKey();
  const { body } = await post("/api/streams", 201, key, { title: "Main stage" });
  const again = await post("/api/streams", 409, key, { title: "Main stage" });
  expect(again.body.type).toBe("/problems/already-done");
  const row = await keptRow(key);
  expect(row).toMatchObject({ state: "secret", body: null, headers: null });
  expect(JSON.stringify(row)).not.toContain(body.streamKey);
});

test("who has no account yet may use a key too, and nobody's token is kept for it", async () => {
  const key = freshKey();
  const account = { email: freshEmail(), password: "correct horse battery", name: "Ada" };
  const headers = { "idempotency-key": key, "x-rostrum-client-address": "192.0.2.7" };
  await call(api, "POST", "/api/auth/register", 201, { body: account, headers });
  const again = await call(api, "POST", "/api/auth/register", 409, { body: account, headers });
  expect(again.body.type).toBe("/problems/already-done");
  const elsewhere = { ...headers, "x-rostrum-client-address": "192.0.2.8" };
  const other = await call(api, "POST", "/api/auth/register", 409, { body: account, headers: elsewhere });
  expect(other.body.type).toBe("/problems/email-taken");
});

test("every POST whose answer has a secret is marked as such", async () => {
  const document = (await call(api, "GET", "/api/openapi.json", 200)).body;
  const secretName = /"(token|streamKey|ticket|key|secret|accessCode|beatToken)":/;
  for (const [path, { post: operation }] of Object.entries<Record<string, { responses: object }>>(
    document.paths,
  )) {
    if (!operation) continue;
    const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
    if (secretName.test(JSON.stringify(answers)))
      expect(operation, path).toHaveProperty("x-secret-answer", true);
  }
});

test("a refusal is not kept: the next try may fare better", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { maxAttendees: 1 });
  const first = await makeUser(db);
  await seat(db, eventId, first);
  const token = await newToken(api);
  const key = freshKey();
  const path = `/api/events/${eventId}/join`;
  expect((await post(path, 409, key, undefined, token)).body.type).toBe("/problems/event-full");
  expect(await keptRow(key)).toBeUndefined();
  await db.update(events).set({ maxAttendees: 2 }).where(eq(events.id, eventId));
  await post(path, 201, key, undefined, token);
  await post(path, 201, key, undefined, token);
  expect(await db.select().from(attendees).where(eq(attendees.eventId, eventId))).toHaveLength(2);
});

test("a key that a process died with is taken over when its time is up, and by the same request only", async () => {
  const key = freshKey();
  await post("/api/events", 201, key, { title: "Crashed" });
  const hold = (until: string) =>
    api.deps.db
      .update(idempotencyKeys)
      .set({ state: "in-flight", status: null, body: null, headers: null, heldUntil: sql.raw(until) })
      .where(eq(idempotencyKeys.key, key));
  await hold("now() + interval '30 seconds'");
  const early = await post("/api/events", 409, key, { title: "Crashed" });
  expect([early.body.type, early.headers.get("retry-after")]).toEqual(["/problems/in-progress", "1"]);
  await hold("now() - interval '1 second'");
  await post("/api/events", 422, key, { title: "Something else" });
  await post("/api/events", 201, key, { title: "Crashed" });
  expect(await countTitled("Crashed")).toBe(2);
});

test("after a day a key is free again", async () => {
  const key = freshKey();
  await post("/api/events", 201, key, { title: "Daily" });
  await api.deps.db
    .update(idempotencyKeys)
    .set({ createdAt: sql`now() - interval '24 hours 1 minute'` })
    .where(eq(idempotencyKeys.key, key));
  await post("/api/events", 201, key, { title: "Another" });
  expect(await countTitled("Another")).toBe(1);
});

test("who may not do it any more is not told what it answered", async () => {
  const { db } = api.deps;
  const userId = await makeUser(db, "admin");
  const { token } = await signIn(api, userId);
  const key = freshKey();
  await post("/api/events", 201, key, { title: "Then" }, token);
  await db.update(users).set({ role: "attendee" }).where(eq(users.id, userId));
  await post("/api/events", 403, key, { title: "Then" }, token);
});

test("a key that is no key is refused, and one on another method is not looked at", async () => {
  for (const key of ["", "x".repeat(256), "two words"]) {
    const headers = { "idempotency-key": key };
    const { body } = await call(api, "POST", "/api/events", 422, {
      token: admin,
      body: { title: "No" },
      headers,
    });
    expect(body.errors[0].pointer).toBe("/Idempotency-Key");
  }
  await call(api, "GET", "/api/auth/me", 200, { token: admin, headers: { "idempotency-key": "two words" } });
  expect(await countTitled("No")).toBe(0);
});
