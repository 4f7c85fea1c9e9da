/** Long sheets from the Worker as it runs, by way of sockets. */
import { parse } from "csv-parse/sync";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { signInTo } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeUser } from "../streams/test-scene.ts";
import { startApiWorker, type TestWorker, workerJwtSecret } from "../test-workerd.ts";

let database: TestDatabase;
let api: TestWorker;
let eventId: string;
let headers: Record<string, string>;
const rows = 20_000;
/** Together more than what sockets take in when nobody reads: some ten megabytes. */
const textLength = 2000;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApiWorker(database.url);
  const { db } = database;
  eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const userId = await makeUser(db, "admin");
  headers = { authorization: `Bearer ${(await signInTo(db, workerJwtSecret, userId)).token}` };
  await db.execute(sql`
    insert into chat_messages (id, session_id, seq, user_id, text)
    select 'msg_' || seq, ${sessionId}, seq, ${userId}, repeat('x', ${textLength}::int)
    from generate_series(1, ${rows}::int) seq`);
});
afterAll(async () => {
  await api?.stop();
  await database?.drop();
});

/** Each on a connection of its own: workerd ends the one whose sheet failed. */
const ask = (signal?: AbortSignal) =>
  fetch(`${api.url}/api/events/${eventId}/export/chat.csv`, {
    headers: { ...headers, connection: "close" },
    ...(signal ? { signal } : {}),
  });
/** How the sheets asked for so far have ended. */
const outcomes = () =>
  [...api.output().matchAll(/"file-ended".*"outcome":"(\w+)"/g)].map(([, outcome]) => outcome);

test("a long sheet arrives whole", async () => {
  const response = await ask();
  const text = await response.text();
  expect(response.status, text.slice(0, 500)).toBe(200);
  const lines = text.split("\r\n");
  expect(lines).toHaveLength(rows + 2);
  expect(lines[1]?.split(",")[4]).toHaveLength(textLength);
  expect(lines.at(-2)).toContain(`,msg_${rows},`);
  await vi.waitFor(() => expect(outcomes()).toEqual(["complete"]), { timeout: 30_000 });
});

test("a client who goes away ends the reading, and leaves no statement and no transaction behind", async () => {
  const leaving = new AbortController();
  const response = await ask(leaving.signal);
  await response.body!.getReader().read();
  leaving.abort();
  // Were it read on for nobody, it would come to its end before one that begins now.
  await (await ask()).arrayBuffer();
  const completed = () => outcomes().filter((outcome) => outcome === "complete").length;
  await vi.waitFor(() => expect(completed()).toBe(2), { timeout: 30_000 });
  expect(outcomes()).not.toContain("failed");
  await vi.waitFor(
    async () => {
      const busy = await database.db.execute(sql`
        select query from pg_stat_activity
        where datname = current_database() and application_name = 'rostrum-api' and state <> 'idle'`);
      expect([...busy]).toEqual([]);
    },
    { timeout: 30_000 },
  );
  expect(completed()).toBe(2);
}, 120_000);

test("what fails midway is no whole file, whoever reads it", async () => {
  const response = await ask();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? "";
  // The sheet is as far as sockets had room for, and waits for its reader.
  await database.db.execute(sql`alter table chat_messages rename to chat_messages_away`);
  const readOn = async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  };
  // This workerd ends the body; others break the connection off.
  await readOn().catch(() => {});
  await database.db.execute(sql`alter table chat_messages_away rename to chat_messages`);
  expect(text).toMatch(/THIS FILE IS NOT COMPLETE: [^\r\n]+\r\n$/);
  expect(text.split("\r\n").length).toBeLessThan(rows);
  expect(() => parse(text, { bom: true })).toThrow("Invalid Record Length");
  await vi.waitFor(() => expect(outcomes()).toContain("failed"), { timeout: 30_000 });
  // The worker goes on.
  const again = await ask();
  expect(again.status).toBe(200);
  await again.body?.cancel();
});
