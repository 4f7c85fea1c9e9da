import { eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { playMinutes, plays } from "../../db/schema/watching-tables.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { makeStream } from "../streams/test-scene.ts";
import { anyArrival, anyPlay } from "./test-beats.ts";
import { joinMinutes, type ToldMinute, toldMinute } from "./told-minute.ts";
import { writeBeats } from "./write-beats.ts";

let database: TestDatabase;
let streamId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  streamId = (await makeStream(database.db)).id;
});
afterAll(() => database.drop());

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
});

test("batches of several processes that hold the same rows in different orders all go through", async () => {
  const viewers = Array.from({ length: 200 }, () => newIdentifier("viewer"));
  const at = Date.UTC(2027, 3, 1, 7);
  const batch = (beat: number) =>
    viewers.map((viewerId) => ({
      ...{
        streamId,
        viewerId,
        generation: 0,
        playId: "play_aaaaaaaa",
        ...desktop,
        minute: at,
        firstAt: at + beat,
      },
      ...{
        lastAt: at + beat,
        beat,
        playing: true,
        ended: false,
        playedSeconds: beat,
        stalls: 0,
        stallSeconds: 0,
      },
      ...{ errors: 0, latencySeconds: null, renditions: { "720p": beat }, joinMs: null },
    }));
  const batches = [batch(1), batch(2).reverse(), batch(3), batch(4).reverse()];
  await Promise.all(batches.map((each) => writeBeats(database.db, each, new Date(at))));
  const rows = await database.db.select().from(playMinutes).where(eq(playMinutes.viewerId, viewers[0]!));
  expect(rows).toMatchObject([
    {
      beat: 4,
      playedSeconds: 4,
      renditions: { "720p": 4 },
      firstAt: new Date(at + 1),
      lastAt: new Date(at + 4),
    },
  ]);
});
