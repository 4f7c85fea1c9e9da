import { afterAll, beforeAll, expect, test } from "vitest";
import { call, newToken } from "../streams/test-client.ts";
import { makeEvent, makeSession } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { at, fetchReport, makeBroadcast, seen } from "./test-report-hour.ts";
import { makeRollUps, makeViewerHours } from "./test-watching.ts";

let api: TestApi;
let admin: string;
/** The API's clock. */
const now = at(90);
beforeAll(async () => {
  api = await createTestApi({}, () => now);
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const reportOf = (eventId: string) => fetchReport(api, admin, eventId);

test("an event that lasted zero seconds has viewers without a share", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { status: "ended" });
  const sessionId = await makeSession(db, eventId, { status: "ended" });
  await makeBroadcast(db, sessionId, 5, 5);
  await makeViewerHours(db, [eventId, sessionId], [{ ...seen("vwr_soon", 5, 5), watchedSeconds: 1 }]);
  await makeRollUps(db, [eventId, sessionId], [{ span: "hour", at: at(0), viewers: 1, watchedSeconds: 1 }]);
  const { summary, sessions: told } = await reportOf(eventId);
  expect(summary).toMatchObject({ uniqueViewers: 1, watchSeconds: 1, engagement: { score: 0 } });
  expect(told).toMatchObject([
    { startedAt: at(5).toISOString(), endedAt: at(5).toISOString(), averageWatchShare: 0, retention: [] },
  ]);
});

test("a session that has not begun has neither beginning nor shares, though people wait in it", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, { startsAt: at(120), endsAt: at(150) });
  await makeViewerHours(db, [eventId, sessionId], [seen("vwr_early", 50, 60, 0)]);
  const { summary, sessions: told, moments } = await reportOf(eventId);
  expect(summary.uniqueViewers).toBe(1);
  expect(told).toMatchObject([
    { startedAt: null, endedAt: null, uniqueViewers: 1, averageWatchShare: 0, retention: [] },
  ]);
  expect(moments).toEqual([]);
});

test("a session on air has no end yet, and shares are of what has passed", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, { status: "live", startsAt: at(0), endsAt: at(60) });
  await makeBroadcast(db, sessionId, 60, null);
  await makeViewerHours(db, [eventId, sessionId], [seen("vwr_half", 60, 75), seen("vwr_all", 60, 90)]);
  const [told] = (await reportOf(eventId)).sessions;
  expect(told).toMatchObject({ startedAt: at(60).toISOString(), endedAt: null, averageWatchShare: 0.75 });
});

test("a stream that was bound to another session has its viewers where they watched it", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const before = await makeSession(db, eventId, { title: "Before", status: "ended" });
  const after = await makeSession(db, eventId, { title: "After", status: "live", startsAt: at(30) });
  const { id } = await makeBroadcast(db, before, 0, null);
  await call(api, "PUT", `/api/streams/${id}`, 200, { token: admin, body: { sessionId: after } });
  await makeViewerHours(db, [before], [seen("vwr_one", 0, 25)]);
  await makeViewerHours(db, [after], [seen("vwr_one", 30, 60)]);
  await makeViewerHours(db, [eventId], [seen("vwr_one", 0, 60, 55 * 60)]);
  const { sessions: told, summary } = await reportOf(eventId);
  expect(told).toMatchObject([
    // It went on air elsewhere: the last who watched it here end it.
    { title: "Before", startedAt: at(0).toISOString(), endedAt: at(25).toISOString(), averageWatchShare: 1 },
    { title: "After", startedAt: at(30).toISOString(), endedAt: null, averageWatchShare: 0.5 },
  ]);
  expect(summary.uniqueViewers).toBe(1);
});
