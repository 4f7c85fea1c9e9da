import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenDatabase, openDatabase } from "./open-database.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
let opened: OpenDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  opened = openDatabase(database.url, { maxConnections: 5, name: "chaos" });
});
afterAll(async () => {
  await opened.close(1);
  await database.drop();
});

const ask = (count: number) =>
  Promise.allSettled(Array.from({ length: count }, () => opened.db.execute(sql`select 1`)));

async function killConnections(): Promise<void> {
  const admin = postgres(database.url, { max: 1 });
  await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chaos'`;
  await admin.end();
}

test("a pool whose connections are killed in the middle of queries answers again, on every connection", async () => {
  await ask(20);
  for (let round = 0; round < 5; round++) {
    // Queries are written while their connections die: some fail, none may be stuck.
    await Promise.all([ask(50), killConnections(), ask(50)]);
    await killConnections();
    await ask(5);
    const outcomes = await ask(30);
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [String(outcome.reason)] : [],
    );
    expect(failures, `round ${round}`).toEqual([]);
  }
});

test("while the server is away each query is refused at once", async () => {
  const away = openDatabase("postgres://nobody:x@127.0.0.1:9/none", { maxConnections: 2 });
  for (let attempt = 0; attempt < 20; attempt++) {
    await expect(away.db.execute(sql`select 1`)).rejects.toThrow();
  }
  await away.close(1);
});
