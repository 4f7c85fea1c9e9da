import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { logins } from "../../db/schema/accounts-tables.ts";
import { events } from "../../db/schema/events-tables.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { signInTo } from "../streams/test-client.ts";
import { makeEvent, makeUser, seat } from "../streams/test-scene.ts";
import { type DatabaseGate, openDatabaseGate } from "../test-database-gate.ts";
import { sendRaw, startApiWorker, type TestWorker, workerJwtSecret } from "../test-workerd.ts";

let database: TestDatabase;
let gate: DatabaseGate;
let api: TestWorker;
beforeAll(async () => {
  database = await createTestDatabase();
  gate = await openDatabaseGate(database.url);
  api = await startApiWorker(gate.url);
});
afterAll(async () => {
  await api?.stop();
  await gate?.close();
  await database?.drop();
});

const tokenOf = (userId: string) => signInTo(database.db, workerJwtSecret, userId);

async function get(path: string, token?: string): Promise<{ status: number; text: string }> {
  const response = await fetch(api.url + path, {
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
  return { status: response.status, text: await response.text() };
}

test("a leader whose socket is reset leaves nobody waiting, and its answer to those behind it", async () => {
  await get("/api/events");
  for (let counted = 0; counted < 10; ) {
    const path = `/api/events/${await makeEvent(database.db)}`;
    const before = gate.queries();
    const heldAt = performance.now();
    gate.hold();
    const leader = await sendRaw(api, `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    // The leader's question stands before the database now.
    await vi.waitFor(() => expect(gate.held()).toBeGreaterThan(0), 20_000);
    const followers = Array.from({ length: 20 }, () => get(path));
    const gone = new Promise((resolve) => leader.once("close", resolve));
    leader.resetAndDestroy();
    await gone;
    const later = Array.from({ length: 20 }, () => get(path));
    gate.release();
    const answers = await Promise.all([...followers, ...later]);
    expect(new Set(answers.map(({ status }) => status)), api.output().slice(-2000)).toEqual(new Set([200]));
    expect((await get(path)).status).toBe(200);
    // Who has waited for a second asks for itself: a round that took as long, on a busy machine, has no count.
    if (performance.now() - heldAt > 1000) continue;
    // A few queries for one answer: forty-one askers would have made ten times as many.
    expect(gate.queries() - before).toBeLessThan(25);
    counted++;
  }
}, 120_000);

test("what one may see is shown to nobody else, not even in the same second", async () => {
  const { db } = database;
  const eventId = await makeEvent(db, { visibility: "private" });
  const member = await makeUser(db);
  await seat(db, eventId, member);
  const [inside, outside] = [await tokenOf(member), await tokenOf(await makeUser(db))];
  const path = `/api/events/${eventId}`;
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all([
      get(path, inside.token),
      get(path, outside.token),
      get(path),
      get(path, inside.token),
      get(path, `${inside.token}x`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 200, 401]);
  }
});

test("a login that ends, and a change that someone else makes, are seen within a second", async () => {
  const { db } = database;
  const eventId = await makeEvent(db, { title: "Before" });
  const { token, loginId } = await tokenOf(await makeUser(db));
  const path = `/api/events/${eventId}`;
  expect((await get(path, token)).text).toContain("Before");
  await db.update(events).set({ title: "After" }).where(eq(events.id, eventId));
  await vi.waitFor(async () => expect((await get(path, token)).text).toContain("After"), 20_000);
  await db.update(logins).set({ revokedAt: new Date() }).where(eq(logins.id, loginId));
  await vi.waitFor(async () => expect((await get(path, token)).status).toBe(401), 20_000);
});

test("who edits an event reads the edit at once", async () => {
  const { db } = database;
  const eventId = await makeEvent(db, { title: "Edition 0" });
  const { token } = await tokenOf(await makeUser(db, "admin"));
  const path = `/api/events/${eventId}`;
  for (let edition = 1; edition <= 5; edition++) {
    await get(path, token);
    const edited = await fetch(api.url + path, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ title: `Edition ${edition}` }),
    });
    expect(edited.status, await edited.text()).toBe(200);
    expect((await get(path, token)).text).toContain(`Edition ${edition}`);
  }
});
