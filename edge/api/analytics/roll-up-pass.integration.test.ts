import { and, eq, inArray, lt, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { secondPath } from "../../../testing/support/second-path.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import {
  playMinutes,
  plays,
  presenceMinutes,
  rollUpMarks,
  viewerHours,
  watchRollUps,
} from "../../db/schema/watching-tables.ts";
import { call, callInternal, newToken } from "../streams/test-client.ts";
import { makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { backFill } from "./back-fill.ts";
import { forgetOldWatching } from "./retention.ts";
import { rollUpNow } from "./roll-up-now.ts";
import { rollUpWhatWaits } from "./roll-up-pass.ts";
import { makeRawLog, type RawLogScene } from "./test-raw-log.ts";

let api: TestApi;
/** The API's clock stands where a test puts it. */
let now = new Date();
beforeAll(async () => {
  api = await createTestApi({}, () => now);
});
afterAll(() => api.drop());

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A day ago, shortly before an hour is full. */
const from = new Date(Math.floor((Date.now() - dayMs) / hourMs) * hourMs + 50 * 60_000);
let seed = 10;
const makeScene = (viewers = 8) => makeRawLog(api.deps.db, { seed: seed++, viewers, from, minutes: 30 });
const tick = async () => {
  await callInternal(api, "POST", "/internal/tick", 202);
  await api.settled();
};
const waiting = async (scene: RawLogScene) =>
  (
    await api.deps.db
      .select()
      .from(rollUpMarks)
      .where(
        and(
          inArray(rollUpMarks.subjectId, [...scene.sessionIds, scene.streamIds[2]]),
          sql`rolled_up_at < seen_at`,
        ),
      )
  ).length;

/** Whether viewers, seconds and peak of every scope are those of the second path. */
async function expectAgreement(scene: RawLogScene) {
  for (const scopeId of [scene.eventId, ...scene.sessionIds, ...scene.streamIds]) {
    const other = await secondPath(api.deps.db, scopeId, api.deps.environment.beatSeconds);
    expect(await totalsOf(scopeId), scopeId).toEqual({
      viewers: other.uniqueViewers,
      seconds: Math.round(other.watchSeconds),
      ofHours: Math.round(other.watchSeconds),
      peak: other.peakViewers,
    });
  }
}

async function totalsOf(scopeId: string) {
  const [row] = await api.deps.db.execute<{
    viewers: number;
    seconds: number;
    ofHours: number;
    peak: number;
  }>(sql`
    select (select count(distinct viewer_id)::int from viewer_hours where scope_id = ${scopeId}) as viewers,
      (select round(sum(watched_seconds)) from viewer_hours where scope_id = ${scopeId})::int as seconds,
      round(sum(watched_seconds))::int as "ofHours", max(peak_viewers) as peak
    from watch_roll_ups where scope_id = ${scopeId} and span = 'hour'`);
  return row;
}

test("a tick rolls up what waits, and the next one finds nothing", async () => {
  const scene = await makeScene();
  now = new Date(scene.to.getTime() + 1000);
  await tick();
  expect(await waiting(scene)).toBe(0);
  await expectAgreement(scene);
  const before = await api.deps.db.select().from(rollUpMarks);
  await tick();
  expect(await api.deps.db.select().from(rollUpMarks)).toEqual(before);
});

test("passes of many processes at once come to the same as one", async () => {
  const scenes = [await makeScene(), await makeScene(), await makeScene()];
  now = new Date(scenes[0]!.to.getTime() + 1000);
  await Promise.all([1, 2, 3, 4].map(() => rollUpWhatWaits(api.deps)));
  await rollUpWhatWaits(api.deps);
  for (const scene of scenes) {
    expect(await waiting(scene)).toBe(0);
    await expectAgreement(scene);
  }
  expect(api.logLines.filter((line) => line.includes("roll-up-failed"))).toEqual([]);
});

test("while it goes on, minutes come first, and a report has all of it", async () => {
  const scene = await makeScene();
  const { db } = api.deps;
  const seenAt = new Date(from.getTime() + 25 * 60_000);
  await db
    .update(rollUpMarks)
    .set({ seenAt, rolledUpAt: new Date(seenAt.getTime() - 60_000) })
    .where(inArray(rollUpMarks.subjectId, scene.sessionIds));
  now = seenAt;
  await tick();
  const spans = () =>
    db
      .selectDistinct({ span: watchRollUps.span })
      .from(watchRollUps)
      .where(eq(watchRollUps.scopeId, scene.eventId))
      .orderBy(watchRollUps.span);
  expect(await spans()).toEqual([{ span: "minute" }]);
  const asOf = await Promise.all([1, 2, 3].map(() => rollUpNow(api.deps, scene.eventId)));
  expect(asOf).toEqual([now, now, now]);
  expect(await spans()).toEqual([{ span: "hour" }, { span: "minute" }]);
  expect(await rollUpNow(api.deps, scene.eventId)).toEqual(now);
});

test("a session that opens is rolled up from its own beginning on, and not the days of its event before", async () => {
  const scene = await makeScene();
  const { db } = api.deps;
  now = scene.to;
  await tick();
  const [before, opened] = scene.sessionIds;
  const minute = new Date(scene.to.getTime() - 3 * 60_000);
  for (const table of [playMinutes, presenceMinutes])
    await db.delete(table).where(eq(table.sessionId, opened));
  const sign = { sessionId: opened, viewerId: "vwr_first", via: "socket" as const };
  await db.insert(presenceMinutes).values({ ...sign, minute, firstAt: minute, lastAt: minute });
  await db.update(rollUpMarks).set({ rolledUpAt: sql`'-infinity'` }).where(eq(rollUpMarks.subjectId, opened));
  const minutesBefore = and(
    ...[eq(watchRollUps.scopeId, before), eq(watchRollUps.span, "minute")],
    // A beat may reach back six minutes.
    lt(watchRollUps.at, new Date(minute.getTime() - 6 * 60_000)),
  );
  const marked = await db.update(watchRollUps).set({ viewers: 1000 }).where(minutesBefore).returning();
  expect(marked.length).toBeGreaterThan(0);
  await rollUpNow(api.deps, scene.eventId);
  expect(await waiting(scene)).toBe(0);
  expect(await db.select().from(viewerHours).where(eq(viewerHours.viewerId, "vwr_first"))).toHaveLength(2);
  const left = await db.select().from(watchRollUps).where(minutesBefore);
  expect(left.map(({ viewers }) => viewers)).toEqual(marked.map(() => 1000));
});

test("what comes late, far behind what is rolled up, is found by its mark", async () => {
  const scene = await makeScene();
  const { db } = api.deps;
  const [late] = await db
    .delete(playMinutes)
    .where(eq(playMinutes.sessionId, scene.sessionIds[0]))
    .returning();
  now = scene.to;
  await tick();
  const [play] = await db
    .select()
    .from(plays)
    .where(and(eq(plays.playId, late!.playId), eq(plays.viewerId, late!.viewerId)));
  await db.insert(playMinutes).values({
    ...late!,
    firstAt: play!.firstAt,
    minute: new Date(Math.floor(play!.firstAt.getTime() / 60_000) * 60_000),
  });
  await db
    .update(rollUpMarks)
    .set({ seenAt: new Date(scene.to.getTime() + 1), rolledUpAt: from })
    .where(eq(rollUpMarks.subjectId, scene.sessionIds[0]));
  now = new Date(scene.to.getTime() + 60_000);
  await tick();
  await expectAgreement(scene);
});

test("the raw log goes when it is old and rolled up; back-filling then leaves what is rolled up", async () => {
  const scene = await makeScene();
  const { db } = api.deps;
  const days = { raw: 2, minutes: 4, viewers: 6 };
  const rawRows = async () =>
    (await db.select().from(playMinutes).where(eq(playMinutes.sessionId, scene.sessionIds[0]))).length +
    (await db.select().from(presenceMinutes).where(eq(presenceMinutes.sessionId, scene.sessionIds[0])))
      .length;
  now = new Date(scene.to.getTime() + 3 * dayMs);
  await forgetOldWatching(db, days, now);
  expect(await rawRows()).toBeGreaterThan(0);
  await tick();
  const [totals, peak] = [await totalsOf(scene.eventId), await totalsOf(scene.sessionIds[0])];
  const again = await backFill(db, scene.eventId, { beatSeconds: 15 });
  expect(again.done).not.toBeNull();
  expect(await totalsOf(scene.eventId)).toEqual(totals);
  await Promise.all([forgetOldWatching(db, days, now), forgetOldWatching(db, days, now)]);
  await forgetOldWatching(db, days, now);
  expect(await rawRows()).toBe(0);
  expect(await backFill(db, scene.eventId, { beatSeconds: 15 })).toEqual({ done: null });
  await forgetOldWatching(db, days, new Date(now.getTime() + 2 * dayMs));
  const spans = await db.select().from(watchRollUps).where(eq(watchRollUps.scopeId, scene.eventId));
  expect(new Set(spans.map(({ span }) => span))).toEqual(new Set(["hour"]));
  expect([await totalsOf(scene.eventId), await totalsOf(scene.sessionIds[0])]).toEqual([totals, peak]);
  await forgetOldWatching(db, days, new Date(now.getTime() + 9 * dayMs));
  expect(await db.select().from(viewerHours).where(eq(viewerHours.scopeId, scene.eventId))).toEqual([]);
  // The raw log of the tests that follow is younger than what was said to be forgotten.
  await db.delete(rollUpMarks).where(eq(rollUpMarks.subjectId, "raw-log"));
});

test("a back-fill of some hours does these, and comes to the same", async () => {
  const scene = await makeScene();
  now = scene.to;
  await tick();
  const totals = await totalsOf(scene.eventId);
  await api.deps.db.delete(viewerHours).where(eq(viewerHours.scopeId, scene.eventId));
  const hour = new Date(Math.floor(from.getTime() / hourMs) * hourMs);
  const done = await backFill(api.deps.db, scene.eventId, { from, to: from, beatSeconds: 15 });
  expect(done.done).toEqual({ from: hour, to: new Date(hour.getTime() + hourMs) });
  expect(await totalsOf(scene.eventId)).not.toEqual(totals);
  await backFill(api.deps.db, scene.eventId, { beatSeconds: 15 });
  expect(await totalsOf(scene.eventId)).toEqual(totals);
});

test("a session that is deleted is no longer in its event; an event and a stream go with all of theirs", async () => {
  const scene = await makeScene(12);
  const { db } = api.deps;
  now = scene.to;
  await tick();
  await db.delete(sessions).where(eq(sessions.id, scene.sessionIds[0]));
  expect(await totalsOf(scene.sessionIds[0])).toMatchObject({ viewers: 0, peak: null });
  now = new Date(scene.to.getTime() + 300_000);
  await tick();
  // Who fetched its stream's playlists is known no more.
  const [, session] = scene.sessionIds;
  const [, stream, alone] = scene.streamIds;
  await expectAgreement({ ...scene, sessionIds: [session, session], streamIds: [stream, stream, alone] });
  await db.delete(streams).where(eq(streams.id, scene.streamIds[2]));
  await db.delete(events).where(eq(events.id, scene.eventId));
  for (const scopeId of [scene.eventId, ...scene.sessionIds, scene.streamIds[2]])
    expect(await totalsOf(scopeId)).toMatchObject({ viewers: 0, peak: null });
});

test("who is deleted is nobody in what was watched, and every total stays", async () => {
  const scene = await makeScene();
  const { db } = api.deps;
  const userId = await makeUser(db);
  const [some] = await db.select().from(plays).where(eq(plays.sessionId, scene.sessionIds[0]));
  for (const table of [plays, playMinutes, presenceMinutes])
    await db.update(table).set({ viewerId: userId }).where(eq(table.viewerId, some!.viewerId));
  now = scene.to;
  await tick();
  const totals = await totalsOf(scene.eventId);
  now = new Date();
  const admin = await newToken(api, "admin");
  // Beside a pass that reads and writes while it happens.
  await db
    .update(rollUpMarks)
    .set({ rolledUpAt: from })
    .where(inArray(rollUpMarks.subjectId, scene.sessionIds));
  await Promise.all([
    rollUpNow(api.deps, scene.eventId),
    call(api, "DELETE", `/api/users/${userId}`, 204, { token: admin }),
    rollUpWhatWaits(api.deps),
  ]);
  await tick();
  for (const table of [plays, playMinutes, presenceMinutes, viewerHours])
    expect(await db.select().from(table).where(eq(table.viewerId, userId))).toEqual([]);
  const [person] = await db.select().from(users).where(eq(users.id, userId));
  expect(person?.watchedAs).toMatch(/^vwr_/);
  expect(
    (await db.select().from(viewerHours).where(eq(viewerHours.viewerId, person!.watchedAs!))).length,
  ).toBeGreaterThan(0);
  expect(await totalsOf(scene.eventId)).toEqual(totals);
  await expectAgreement(scene);
});
