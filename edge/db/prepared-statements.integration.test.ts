import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, type OpenDatabase, openDatabase } from "./open-database.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
let opened: OpenDatabase;
let unprepared: OpenDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  opened = openDatabase(database.url, { maxConnections: 1 });
  unprepared = openDatabase(`${database.url}?prepare=false`, { maxConnections: 1 });
});
afterAll(async () => {
  await opened.close(1);
  await unprepared.close(1);
  await database.drop();
});

/** What the one connection keeps, beside the driver's own commits and savepoints. */
async function prepared(db: Database): Promise<string[]> {
  const rows = await db.execute<{ statement: string }>(
    sql`select statement from pg_prepared_statements where statement like 'select%'`,
  );
  return rows.map(({ statement }) => statement);
}

test("a statement with parameters is prepared once, in and out of transactions", async () => {
  const { db } = opened;
  for (let round = 0; round < 3; round++) {
    await db.execute(sql`select ${round}::int as outside`);
    await db.transaction(async (tx) => {
      await tx.execute(sql`select ${round}::int as inside`);
      await tx.transaction((nested) => nested.execute(sql`select ${round}::int as nested`));
    });
    await db.execute(sql`select 1 as bare`);
  }
  expect((await prepared(db)).sort()).toEqual([
    "select $1::int as inside",
    "select $1::int as nested",
    "select $1::int as outside",
  ]);
});

test("a table that changes under a prepared statement is read as it is now", async () => {
  const { db } = opened;
  await db.execute(sql`create table changing (a int)`);
  await db.execute(sql`insert into changing values (1)`);
  const read = () => db.execute(sql`select * from changing where a = ${1}`);
  expect([...(await read())]).toEqual([{ a: 1 }]);
  await db.execute(sql`alter table changing add b int default 2`);
  expect([...(await read())]).toEqual([{ a: 1, b: 2 }]);
});

test("a connection keeps some hundreds of statements and no more", async () => {
  const { db } = opened;
  for (let index = 0; index < 600; index++) {
    await db.execute(sql`select ${index}::int as ${sql.identifier(`column_${index}`)}`);
  }
  const kept = await prepared(db);
  expect(kept.length).toBeGreaterThan(400);
  expect(kept.length).toBeLessThan(510);
});

test("?prepare=false leaves nothing behind", async () => {
  await unprepared.db.execute(sql`select ${1}::int`);
  expect(await prepared(unprepared.db)).toEqual([]);
});
