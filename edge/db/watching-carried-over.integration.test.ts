/** A copy from before beats: what its sessions kept of watching is in the hours after the upgrade. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIdentifier } from "../protocol/identifier.ts";
import { migrateDatabase } from "./migrate.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

const migrations = new URL("../../migrations", import.meta.url).pathname;
let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), "rostrum-migrations-"));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function migrateUpTo(last: string): Promise<void> {
  await cp(migrations, folder, { recursive: true });
  const path = join(folder, "meta/_journal.json");
  const journal = JSON.parse(await readFile(path, "utf8")) as { entries: { tag: string }[] };
  const end = journal.entries.findIndex(({ tag }) => tag.startsWith(last)) + 1;
  await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, end) }));
  await migrateDatabase(database.url, folder);
}

test("what was watched before is kept by the hour, of the session and of its event", async () => {
  const { db, url } = database;
  for (const schema of ["public", "drizzle"])
    await db.execute(sql`drop schema ${sql.identifier(schema)} cascade`);
  await db.execute(sql`create schema public`);
  await migrateUpTo("0013");
  const [eventId, first, second] = [
    newIdentifier("event"),
    newIdentifier("session"),
    newIdentifier("session"),
  ];
  const [ada, gone, stranger] = [newIdentifier("user"), newIdentifier("user"), newIdentifier("viewer")];
  await db.execute(sql`insert into events (id, slug, title) values (${eventId}, 'launch', 'Launch')`);
  for (const id of [first, second]) {
    await db.execute(sql`insert into sessions (id, event_id, title) values (${id}, ${eventId}, 'Talk')`);
  }
  for (const [id, deletedAt] of [
    [ada, null],
    [gone, "2026-01-02"],
  ] as const) {
    await db.execute(sql`insert into users (id, email, name, password_hash, deleted_at)
      values (${id}, ${`${id.toLowerCase()}@example.org`}, 'Ada', 'x', ${deletedAt}::timestamptz)`);
  }
  const watched = (sessionId: string, viewerId: string, seconds: number, from: string, to: string) =>
    db.execute(sql`insert into session_watches
      (session_id, viewer_id, played_seconds, stalls, latency_seconds, first_at, last_at)
      values (${sessionId}, ${viewerId}, ${seconds}, 2, 3, ${from}::timestamptz, ${to}::timestamptz)`);
  await watched(first, ada, 3600, "2026-01-01T10:45Z", "2026-01-01T11:45Z");
  await watched(second, ada, 100, "2026-01-01T11:50Z", "2026-01-01T11:55Z");
  await watched(first, gone, 50, "2026-01-01T10:00Z", "2026-01-01T10:30Z");
  await watched(second, stranger, 7, "2026-01-01T11:00Z", "2026-01-01T11:00Z");

  await migrateDatabase(url);
  const hoursOf = (scopeId: string) =>
    db.execute(sql`
      select case viewer_id when ${ada} then 'ada' when ${stranger} then 'stranger' else left(viewer_id, 4) end as who,
             extract(hour from hour at time zone 'UTC')::int as hour, watched_seconds as seconds, stalls,
             latency_seconds as latency
      from viewer_hours where scope_id = ${scopeId} order by hour, seconds`);
  expect([...(await hoursOf(first))]).toEqual([
    { who: "vwr_", hour: 10, seconds: 50, stalls: 2, latency: 3 },
    { who: "ada", hour: 10, seconds: 900, stalls: 2, latency: 3 },
    { who: "ada", hour: 11, seconds: 2700, stalls: 0, latency: 3 },
  ]);
  expect([...(await hoursOf(eventId))]).toEqual([
    { who: "vwr_", hour: 10, seconds: 50, stalls: 2, latency: 3 },
    { who: "ada", hour: 10, seconds: 900, stalls: 2, latency: 3 },
    { who: "stranger", hour: 11, seconds: 7, stalls: 2, latency: 3 },
    { who: "ada", hour: 11, seconds: 2800, stalls: 2, latency: 3 },
  ]);
  const left = await db.execute(sql`select 1 from viewer_hours where viewer_id = ${gone}`);
  expect([...left]).toEqual([]);
});
