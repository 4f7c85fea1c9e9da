import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { playMinutes, plays, rollUpMarks, watchRollUps } from "../../db/schema/watching-tables.ts";
import { call, newToken } from "../streams/test-client.ts";
import { makeEvent, makeSession } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { readEventAnalytics } from "./event-analytics.ts";
import { at, makeBroadcast } from "./test-report-hour.ts";

let api: TestApi;
let admin: string;
/** The API's clock. */
const now = at(90);
beforeAll(async () => {
  api = await createTestApi({}, () => now);
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

/** No machine is so busy that rolling up a few rows takes that long. */
const aMinute = 60_000;

/** Somebody whose player played from minute to minute and said so at the end of each. */
async function playing(sessionId: string, streamId: string, viewerId: string, from: number, to: number) {
  const { db } = api.deps;
  const play = { streamId, viewerId, playId: `${viewerId}-${from}`, sessionId };
  await db.insert(plays).values({ ...play, device: "tv", browser: "Other", firstAt: at(from) });
  await db.insert(playMinutes).values(
    Array.from({ length: to - from }, (_, index) => ({
      ...play,
      minute: at(from + index),
      firstAt: at(from + index, index === 0 ? 0 : 15),
      lastAt: at(from + index, 59),
      beat: index * 4 + 4,
      playing: true,
      playedSeconds: index * 60 + 59,
    })),
  );
  await db
    .insert(rollUpMarks)
    .values({ subjectId: sessionId, seenAt: at(to) })
    .onConflictDoUpdate({ target: rollUpMarks.subjectId, set: { seenAt: at(to) } });
}

test("what players said seconds ago is in the report, and once more is in the next one", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, { status: "live" });
  const { id } = await makeBroadcast(db, sessionId, 60, null);
  await playing(sessionId, id, "vwr_first", 60, 70);
  const first = await readEventAnalytics(api.deps, eventId, aMinute);
  expect(first).toMatchObject({ asOf: now.toISOString(), from: at(60).toISOString() });
  expect(first.summary).toMatchObject({ uniqueViewers: 1, peakViewers: 1 });
  expect(first.summary.watchSeconds).toBeCloseTo(599, 6);
  expect(first.curve.points.map(({ viewers }) => viewers)).toEqual(Array.from({ length: 10 }, () => 1));
  await playing(sessionId, id, "vwr_second", 65, 80);
  const next = await readEventAnalytics(api.deps, eventId, aMinute);
  expect(next.summary).toMatchObject({ uniqueViewers: 2, peakViewers: 2 });
  expect(next.summary.watchSeconds).toBeCloseTo(599 + 899, 6);
  expect(next.sessions[0]).toMatchObject({ uniqueViewers: 2, watchSeconds: next.summary.watchSeconds });
  // The stream's history has the same, of all its time and of a part.
  const audienceOf = async (from: number, to: number) => {
    const span = `from=${at(from).toISOString()}&to=${at(to).toISOString()}`;
    return (await call(api, "GET", `/api/streams/${id}/analytics?${span}`, 200, { token: admin })).body
      .audience;
  };
  const { uniqueViewers, peakViewers, peakAt, watchSeconds, averageWatchSeconds, quality, renditions } =
    next.summary;
  const whole = {
    uniqueViewers,
    peakViewers,
    peakAt,
    watchSeconds,
    averageWatchSeconds,
    quality,
    renditions,
  };
  expect(await audienceOf(60, 90)).toEqual(whole);
  expect(await audienceOf(72, 90)).toMatchObject({ uniqueViewers: 1, peakViewers: 1 });
  expect(await audienceOf(0, 30)).toMatchObject({ uniqueViewers: 0, watchSeconds: 0, peakAt: null });
});

test("while rolling an event up takes its time, its report is as old as it says", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, { status: "live" });
  const { id } = await makeBroadcast(db, sessionId, 60, null);
  await playing(sessionId, id, "vwr_first", 60, 70);
  await readEventAnalytics(api.deps, eventId, aMinute);
  await db.update(watchRollUps).set({ viewers: 30 }).where(eq(watchRollUps.scopeId, eventId));
  await playing(sessionId, id, "vwr_second", 65, 80);
  await db.transaction(async (tx) => {
    await tx.execute(sql`lock table watch_roll_ups in share mode`);
    const report = await readEventAnalytics(api.deps, eventId, 1);
    expect(report).toMatchObject({ asOf: at(70).toISOString(), summary: { uniqueViewers: 1 } });
    const kinds = report.moments.map(({ kind }) => kind);
    expect(kinds, "nobody has left what is not rolled up").not.toContain("drop-out");
  });
  await api.settled();
  expect(await readEventAnalytics(api.deps, eventId, aMinute)).toMatchObject({
    asOf: now.toISOString(),
    summary: { uniqueViewers: 2 },
  });
});
