import { asc, inArray } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { secondPath } from "../../../testing/support/second-path.ts";
import { viewerHours, watchRollUps } from "../../db/schema/watching-tables.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { rollUpPart } from "./roll-up-part.ts";
import { rollUpViewers } from "./roll-up-span.ts";
import { makeRawLog, type RawLogScene, randomFrom } from "./test-raw-log.ts";

const beatSeconds = 15;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const from = new Date("2026-03-01T10:40:00Z");

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Rolls one span up, of the event and of the stream beside it; with `hours` also those that it begins in. */
async function roll(scene: RawLogScene, start: number, end: number, hours: boolean) {
  const minutes = { from: new Date(start), to: new Date(end) };
  for (const unit of [{ eventId: scene.eventId }, { streamId: scene.streamIds[2] }]) {
    const options = { beatSeconds, wait: true };
    await rollUpPart(database.db, unit, { minutes, hour: null }, options);
    for (let hour = start; hours && hour < end; hour += hourMs) {
      const none = { from: minutes.to, to: minutes.to };
      await rollUpPart(database.db, unit, { minutes: none, hour: new Date(hour) }, options);
    }
  }
}

const spanOf = ({ from, to }: RawLogScene) =>
  [Math.floor(from.getTime() / hourMs) * hourMs, Math.ceil(to.getTime() / hourMs) * hourMs] as const;
const scopesOf = ({
  eventId,
  sessionIds,
  streamIds,
}: Pick<RawLogScene, "eventId" | "sessionIds"> & { streamIds: string[] }) => [
  eventId,
  ...sessionIds,
  ...streamIds,
];

/** Everything that is rolled up of a scene; sums to the microsecond. */
async function rolledUp(scene: RawLogScene) {
  const { db } = database;
  const exact = (_key: string, value: unknown) =>
    typeof value === "number" ? Math.round(value * 1e6) / 1e6 : value;
  const spans = await db
    .select()
    .from(watchRollUps)
    .where(inArray(watchRollUps.scopeId, scopesOf(scene)))
    .orderBy(asc(watchRollUps.scopeId), asc(watchRollUps.span), asc(watchRollUps.at));
  const viewers = await db
    .select()
    .from(viewerHours)
    .where(inArray(viewerHours.scopeId, scopesOf(scene)))
    .orderBy(asc(viewerHours.scopeId), asc(viewerHours.viewerId), asc(viewerHours.hour));
  return JSON.parse(JSON.stringify({ spans, viewers }, exact)) as {
    spans: typeof spans;
    viewers: typeof viewers;
  };
}

test.for([1, 2])(
  "what is rolled up in pieces and again is what is rolled up at once (seed %i)",
  async (seed) => {
    const scene = await makeRawLog(database.db, { seed, viewers: 24, from, minutes: 100 });
    const [start, end] = spanOf(scene);
    for (let hour = start; hour < end; hour += hourMs) await roll(scene, hour, hour + hourMs, true);
    const atOnce = await rolledUp(scene);
    expect(atOnce.spans.length).toBeGreaterThan(200);
    const random = randomFrom(seed + 100);
    for (let piece = 0; piece < 12; piece++) {
      const at = start + Math.floor(random() * ((end - start) / minuteMs - 1)) * minuteMs;
      await roll(scene, at, at + (1 + Math.floor(random() * 15)) * minuteMs, false);
    }
    await roll(scene, start, end, true);
    expect(await rolledUp(scene)).toEqual(atOnce);
    // Many viewers are reckoned a part at a time.
    const subject = { ...scene, streamIds: scene.streamIds.slice(0, 2) };
    await database.db.delete(viewerHours).where(inArray(viewerHours.scopeId, scopesOf(subject)));
    for (let hour = start; hour < end; hour += hourMs) {
      const span = { from: new Date(hour), to: new Date(hour + hourMs) };
      for (const index of [2, 0, 1])
        await rollUpViewers(database.db, subject, span, { index, of: 3 }, beatSeconds);
    }
    expect((await rolledUp(scene)).viewers).toEqual(atOnce.viewers);
  },
);

test.for([4, 5])("plain SQL over the raw log comes to the same figures (seed %i)", async (seed) => {
  const scene = await makeRawLog(database.db, { seed, viewers: 24, from, minutes: 100 });
  await roll(scene, ...spanOf(scene), true);
  const { spans, viewers } = await rolledUp(scene);
  for (const scopeId of scopesOf(scene)) {
    const ofScope = viewers.filter((row) => row.scopeId === scopeId);
    const hours = spans.filter((row) => row.scopeId === scopeId && row.span === "hour");
    const minutes = spans.filter((row) => row.scopeId === scopeId && row.span === "minute");
    const other = await secondPath(database.db, scopeId, beatSeconds);
    const ids = new Set(ofScope.map(({ viewerId }) => viewerId));
    expect(ids.size, scopeId).toBe(other.uniqueViewers);
    for (const id of ids) {
      const watched = sum(ofScope.filter(({ viewerId }) => viewerId === id));
      expect(watched, `${scopeId} ${id}`).toBeCloseTo(other.watchSecondsOf.get(id)!, 2);
    }
    for (const rows of [hours, minutes]) {
      expect(sum(rows), scopeId).toBeCloseTo(other.watchSeconds, 1);
      expect(Math.max(...rows.map(({ peakViewers }) => peakViewers)), scopeId).toBe(other.peakViewers);
    }
    expect(other.watchSeconds).toBeGreaterThan(1000);
  }
});

const sum = (rows: { watchedSeconds: number }[]) =>
  rows.reduce((total, { watchedSeconds }) => total + watchedSeconds, 0);
