import { eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { playMinutes, plays, rollUpMarks } from "../../db/schema/watching-tables.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { makeStream, makeUser } from "../streams/test-scene.ts";
import { aBeat, anyArrival, anyPlay } from "./test-beats.ts";
import { joinMinutes, type ToldMinute, toldMinute } from "./told-minute.ts";
import { holdBeats, writeBeats } from "./write-beats.ts";

let database: TestDatabase;
let streamId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  streamId = (await makeStream(database.db)).id;
});
afterAll(() => database.drop());

const start = Date.UTC(2027, 3, 1, 7);
const desktop = { device: "desktop", browser: "Firefox" } as const;

/** What is kept of a viewer, without who it is. */
async function kept(viewerId: string) {
  const { db } = database;
  const minutes = await db
    .select()
    .from(playMinutes)
    .where(eq(playMinutes.viewerId, viewerId))
    .orderBy(playMinutes.minute);
  const found = await db.select().from(plays).where(eq(plays.viewerId, viewerId));
  return [...found, ...minutes].map(({ viewerId: _, ...rest }) => rest);
}

/** Several batches of one viewer, each of at most one entry a minute, one after the other. */
async function write(viewerId: string, batches: readonly ToldMinute[][]): Promise<void> {
  for (const batch of batches) {
    const rows = new Map<number, ToldMinute>();
    for (const told of batch) {
      const before = rows.get(told.minute);
      rows.set(told.minute, before ? joinMinutes(before, told) : told);
    }
    const named = [...rows.values()].map((told) => ({ ...told, viewerId, streamId }));
    expect(await writeBeats(database.db, named, new Date())).toEqual([]);
  }
}

test("however a play's beats are cut into batches, reordered, doubled and written again, the same rows stand", async () => {
  const scene = anyPlay
    .map((sent) => {
      const claims = { streamId: "", viewerId: "", generation: 0 };
      return sent.map(({ beat, at }) => toldMinute(claims, beat, desktop, at.getTime()));
    })
    .chain((told) => fc.record({ told: fc.constant(told), arrival: anyArrival(told, 3) }));
  await fc.assert(
    fc.asyncProperty(scene, async ({ told, arrival }) => {
      const [orderly, wild] = [newIdentifier("viewer"), newIdentifier("viewer")];
      await write(orderly, [told]);
      const batches = [0, 1, 2].map((book) =>
        arrival.filter((each) => each.book === book).map(({ each }) => each),
      );
      await write(wild, [...batches, batches[1]!]);
      expect(await kept(wild)).toEqual(await kept(orderly));
    }),
    { numRuns: 40 },
  );
}, 180_000);

const anEntry = (viewerId: string, at: number, beat = 1): ToldMinute =>
  toldMinute({ streamId, viewerId, generation: 0 }, aBeat({ beat, playedSeconds: beat }), desktop, at);

test("a batch that meets the deletion of a user waits for it, and passes over what is that user's", async () => {
  const { db } = database;
  const [userId, other] = [await makeUser(db), await makeUser(db)];
  let writing: Promise<ToldMinute[]> | undefined;
  await db.transaction(async (tx) => {
    await tx.update(users).set({ deletedAt: new Date() }).where(eq(users.id, userId));
    await holdBeats(tx);
    writing = writeBeats(db, [anEntry(userId, start), anEntry(other, start)], new Date(start));
    await vi.waitFor(async () => {
      const waiting = await db.execute(sql`
        select from pg_locks join pg_database on pg_database.oid = pg_locks.database
        where locktype = 'advisory' and not granted and datname = current_database()`);
      expect(waiting.length).toBe(1);
    }, 10_000);
  });
  expect(await writing).toMatchObject([{ viewerId: userId }]);
  expect(await kept(userId)).toEqual([]);
  expect(await kept(other)).toHaveLength(2);
});

test("beats that waited for longer than roll-ups look back are rolled up all the same", async () => {
  const { db } = database;
  const late = await makeStream(db);
  const now = new Date(start + 3_600_000);
  const markOf = async () =>
    (await db.select().from(rollUpMarks).where(eq(rollUpMarks.subjectId, late.id)))[0]!;
  const write = (at: number) =>
    writeBeats(db, [{ ...anEntry(newIdentifier("viewer"), at), streamId: late.id }], now);
  await write(now.getTime());
  await db.update(rollUpMarks).set({ rolledUpAt: now }).where(eq(rollUpMarks.subjectId, late.id));
  await write(now.getTime() - 60_000);
  expect((await markOf()).rolledUpAt).toEqual(now);
  await write(start);
  expect(await markOf()).toMatchObject({ rolledUpAt: new Date(start) });
});

test("batches of several processes that hold the same rows in different orders all go through", async () => {
  const viewers = Array.from({ length: 200 }, () => newIdentifier("viewer"));
  const batch = (beat: number) => viewers.map((viewerId) => anEntry(viewerId, start + beat, beat));
  const batches = [batch(1), batch(2).reverse(), batch(3), batch(4).reverse()];
  await Promise.all(batches.map((each) => writeBeats(database.db, each, new Date(start))));
  const rows = await database.db.select().from(playMinutes).where(eq(playMinutes.viewerId, viewers[0]!));
  const [firstAt, lastAt] = [new Date(start + 1), new Date(start + 4)];
  expect(rows).toMatchObject([{ beat: 4, playedSeconds: 4, firstAt, lastAt }]);
});
