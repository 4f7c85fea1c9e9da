import type { Socket } from "node:net";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { events } from "../../db/schema/events-tables.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { signInTo } from "../streams/test-client.ts";
import { makeUser } from "../streams/test-scene.ts";
import { type DatabaseGate, openDatabaseGate } from "../test-database-gate.ts";
import { sendRaw, startApiWorker, type TestWorker, workerJwtSecret } from "../test-workerd.ts";

let database: TestDatabase;
let gate: DatabaseGate;
let api: TestWorker;
let token: string;
beforeAll(async () => {
  database = await createTestDatabase();
  gate = await openDatabaseGate(database.url);
  api = await startApiWorker(gate.url);
  const userId = await makeUser(database.db, "admin");
  ({ token } = await signInTo(database.db, workerJwtSecret, userId));
});
afterAll(async () => {
  await api?.stop();
  await gate?.close();
  await database?.drop();
});

/** The request on a socket of its own. */
function sendAndLeave(key: string, body: string): Promise<Socket> {
  const head = [
    "POST /api/events HTTP/1.1",
    "host: a",
    `authorization: Bearer ${token}`,
    "content-type: application/json",
    `idempotency-key: ${key}`,
    `content-length: ${body.length}`,
  ].join("\r\n");
  return sendRaw(api, `${head}\r\n\r\n${body}`);
}

async function send(key: string, body: string): Promise<number> {
  const response = await fetch(`${api.url}/api/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

// Each statement of the request in turn: who calls, the claim, the act, the answer's keeping; and none.
test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
  "a caller who is lost behind %i statements and sends again has done it once",
  async (behind) => {
    await send(`warm-${behind}`, JSON.stringify({ title: "Warm" }));
    const title = `Lost behind ${behind}`;
    const body = JSON.stringify({ title });
    gate.hold(behind);
    const caller = await sendAndLeave(title.replaceAll(" ", "-"), body);
    let isAnswered = false;
    caller.once("data", () => {
      isAnswered = true;
    });
    await vi.waitFor(() => expect(gate.held() > 0 || isAnswered).toBe(true), 20_000);
    const gone = new Promise((resolve) => caller.once("close", resolve));
    caller.resetAndDestroy();
    await gone;
    gate.release();
    await vi.waitFor(async () => expect(await send(title.replaceAll(" ", "-"), body)).toBe(201), 20_000);
    const made = await database.db.select().from(events).where(eq(events.title, title));
    expect(made).toHaveLength(1);
  },
);
