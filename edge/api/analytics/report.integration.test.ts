import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../../db/open-database.ts";
import { announcements, events, sessions } from "../../db/schema/events-tables.ts";
import { plays } from "../../db/schema/watching-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeSession, makeUser, makeUsers, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { readEventAnalytics } from "./event-analytics.ts";
import { at, fetchReport, hour, makeBroadcast, seen } from "./test-report-hour.ts";
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

const reportOf = (eventId: string, token = admin) => fetchReport(api, token, eventId);

test("an empty event has a report of zeros, also as a draft", async () => {
  const eventId = await makeEvent(api.deps.db, { status: "draft" });
  const report = await reportOf(eventId);
  expect(report).toMatchObject({ eventId, title: "Launch", asOf: now.toISOString(), from: null, to: null });
  expect(report.summary).toEqual({
    uniqueViewers: 0,
    peakViewers: 0,
    peakAt: null,
    watchSeconds: 0,
    averageWatchSeconds: 0,
    engagement: {
      score: 0,
      parts: { watching: 0, messages: 0, questions: 0, upvotes: 0, votes: 0, reactions: 0 },
    },
    deeds: { messages: 0, questions: 0, upvotes: 0, votes: 0, reactions: 0 },
    quality: {
      joinSeconds: null,
      stalls: 0,
      stallSeconds: 0,
      stallShare: null,
      latencySeconds: null,
      errors: 0,
    },
    renditions: [],
    viewersNow: 0,
    signedInViewers: 0,
    seats: 0,
    seatsTaken: 0,
  });
  expect(report.curve).toEqual({ stepSeconds: 60, points: [] });
  for (const list of ["moments", "sessions", "topQuestions", "polls", "devices", "browsers"] as const)
    expect(report[list], list).toEqual([]);
});

test("who watched, how long and how well, of each session and of all, somebody in both counting once", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const morning = await makeSession(db, eventId, { title: "Morning", startsAt: at(0) });
  const noon = await makeSession(db, eventId, { title: "Noon", startsAt: at(30) });
  const stream = await makeBroadcast(db, morning, 0, 20);
  await makeBroadcast(db, noon, 30, 50);
  const [ada = "", bob = "", eve = ""] = await makeUsers(db, 3);
  await seat(db, eventId, ada, bob, eve);
  const stranger = newIdentifier("viewer");
  // Ada in both, Bob in the morning, a stranger at noon.
  await makeViewerHours(
    db,
    [morning],
    [
      { ...seen(ada, 0, 20), latencySeconds: 4, renditions: { "720p": 1000, "360p": 200 } },
      { ...seen(bob, 1, 11), latencySeconds: 8 },
    ],
  );
  await makeViewerHours(db, [noon], [seen(ada, 30, 40), seen(stranger, 45, 50)]);
  await makeViewerHours(
    db,
    [eventId],
    [
      { ...seen(ada, 0, 40, 1800), latencySeconds: 4 },
      { ...seen(bob, 1, 11), latencySeconds: 8 },
      seen(stranger, 45, 50),
    ],
  );
  await makeRollUps(
    db,
    [morning],
    [
      {
        span: "hour",
        at: at(0),
        viewers: 2,
        watchedSeconds: 1800,
        stalls: 3,
        stallSeconds: 200,
        errors: 1,
        renditions: { "360p": 200, "720p": 1600 },
      },
    ],
  );
  await makeRollUps(
    db,
    [noon],
    [{ span: "hour", at: at(0), viewers: 2, peakViewers: 1, watchedSeconds: 900 }],
  );
  await makeRollUps(
    db,
    [eventId],
    [
      { span: "hour", at: at(0), viewers: 3, peakViewers: 2, watchedSeconds: 2700 },
      { span: "minute", at: at(0), viewers: 1, watchedSeconds: 60 },
      { span: "minute", at: at(1), viewers: 2, watchedSeconds: 120 },
      { span: "minute", at: at(2), viewers: 2, watchedSeconds: 120 },
    ],
  );
  const play = { streamId: stream.id, sessionId: morning, device: "desktop", browser: "Firefox" };
  await db.insert(plays).values([
    { ...play, viewerId: ada, playId: "1", firstAt: at(0), joinMs: 1000 },
    { ...play, viewerId: ada, playId: "2", firstAt: at(1), joinMs: 2000, device: "phone" },
    { ...play, viewerId: bob, playId: "3", firstAt: at(1), joinMs: null },
    { ...play, viewerId: stranger, playId: "4", sessionId: noon, firstAt: at(45), joinMs: 6000 },
  ]);

  const { summary, sessions: told, from, to, ...report } = await reportOf(eventId);
  expect([from, to]).toEqual([at(0).toISOString(), at(50).toISOString()]);
  expect(summary).toMatchObject({
    uniqueViewers: 3,
    signedInViewers: 2,
    seats: 3,
    seatsTaken: 2,
    peakViewers: 2,
    peakAt: at(1).toISOString(),
    watchSeconds: 2700,
    averageWatchSeconds: 900,
    quality: { joinSeconds: 2, latencySeconds: 6 },
  });
  // Of forty minutes in which a session ran: 30, 10 and 5.
  expect(summary.engagement).toMatchObject({ score: 18.75, parts: { watching: 18.75 } });
  expect(told).toMatchObject([
    {
      title: "Morning",
      startedAt: at(0).toISOString(),
      endedAt: at(20).toISOString(),
      uniqueViewers: 2,
      peakViewers: 2,
      peakAt: at(0).toISOString(),
      watchSeconds: 1800,
      averageWatchShare: 0.75,
      engagement: { score: 37.5 },
      quality: {
        joinSeconds: 1.5,
        stalls: 3,
        stallSeconds: 200,
        stallShare: 0.1,
        latencySeconds: 6,
        errors: 1,
      },
      renditions: [
        { name: "720p", seconds: 1600 },
        { name: "360p", seconds: 200 },
      ],
    },
    { title: "Noon", uniqueViewers: 2, averageWatchShare: 0.375, quality: { joinSeconds: 6, stallShare: 0 } },
  ]);
  expect(told[0]?.retention.map(({ share }) => share)).toEqual([
    ...Array.from({ length: 12 }, (_, slice) => (slice === 0 ? 0.5 : 1)),
    ...Array.from({ length: 8 }, () => 0.5),
  ]);
  const span = `from=${at(0).toISOString()}&to=${at(60).toISOString()}`;
  const path = `/api/streams/${stream.id}/analytics?${span}`;
  const { broadcasts: aired } = (await call(api, "GET", path, 200, { token: admin })).body;
  expect(aired, "the stream's history says the same").toMatchObject([{ peakViewers: told[0]?.peakViewers }]);
  expect(report.devices).toEqual([
    { device: "desktop", viewers: 3 },
    { device: "phone", viewers: 1 },
  ]);
  expect(report.browsers).toEqual([{ browser: "Firefox", viewers: 3 }]);
  expect(
    report.curve.points.map(({ viewers, peakViewers, watchSeconds }) => [viewers, peakViewers, watchSeconds]),
  ).toEqual([
    [1, 1, 60],
    [2, 2, 120],
    [2, 2, 120],
  ]);
});

test("moments stand in order: sessions, streams with their losses, polls, announcements and drop-outs", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, { title: "Keynote", status: "ended" });
  await makeBroadcast(db, sessionId, 1, 20, [at(8), at(9)]);
  const poll = { sessionId, question: "Tea?", options: ["Yes", "No"] };
  await db
    .insert(announcements)
    .values({ id: newIdentifier("announcement"), eventId, text: "Welcome", createdAt: at(0) });
  await call(api, "POST", "/api/polls", 201, { token: admin, body: { ...poll, status: "draft" } });
  await makeRollUps(
    db,
    [eventId],
    // A third leaves after two minutes, hardly anyone in the next, four of nineteen then, all at the end.
    [30, 30, 20, 19, 15, 14].map((viewers, index) => ({
      span: "minute" as const,
      at: at(2 + index),
      viewers,
      watchedSeconds: 0,
    })),
  );
  const told = async () =>
    (await reportOf(eventId)).moments.map(({ at: iso, kind, text }) => [
      (Date.parse(iso) - hour) / 60_000,
      kind,
      text,
    ]);
  expect(await told()).toEqual([
    [0, "announcement", "Welcome"],
    [1, "session-start", "Keynote"],
    [1, "stream-start", "Main stage"],
    [3, "drop-out", "10"],
    [7, "drop-out", "14"],
    [8, "stream-lost", "Main stage"],
    [9, "stream-lost", "Main stage"],
    [20, "session-end", "Keynote"],
    [20, "stream-end", "Main stage"],
  ]);
  await call(api, "POST", "/api/polls", 201, { token: admin, body: poll });
  const polled = (await told()).filter(([, kind]) => kind === "poll");
  expect(polled).toMatchObject([[expect.any(Number), "poll", "Tea?"]]);
});

test("staff of the event read its report; who cannot see the event finds none, and others are refused", async () => {
  const { db } = api.deps;
  const [open, hidden] = [await makeEvent(db), await makeEvent(db, { visibility: "private" })];
  const moderator = await makeUser(db);
  await giveRole(db, open, moderator, "moderator");
  const elsewhere = await makeUser(db);
  await giveRole(db, await makeEvent(db), elsewhere, "moderator");
  const [own, others] = await Promise.all(
    [moderator, elsewhere].map(async (id) => (await signIn(api, id)).token),
  );
  await reportOf(open, own);
  await call(api, "GET", `/api/events/${open}/analytics`, 403, { token: others! });
  await call(api, "GET", `/api/events/${hidden}/analytics`, 404, { token: own! });
  await call(api, "GET", `/api/events/${open}/analytics`, 401);
  await call(api, "GET", `/api/events/${newIdentifier("event")}/analytics`, 404, { token: admin });
});

/** No machine is so busy that rolling up a few rows takes that long. */
const aMinute = 60_000;

test("a report of three hundred sessions takes as many statements as one of a single session", async () => {
  const { db } = api.deps;
  let statements = 0;
  const counted = openDatabase(api.deps.environment.databaseUrl, { onStatement: () => statements++ });
  const read = async (eventId: string) => {
    statements = 0;
    const report = await readEventAnalytics({ ...api.deps, db: counted.db }, eventId, aMinute);
    return { report, statements };
  };
  try {
    const [small, large] = [await makeEvent(db), await makeEvent(db)];
    await makeSession(db, small);
    const ids = Array.from({ length: 300 }, () => newIdentifier("session"));
    await db
      .insert(sessions)
      .values(ids.map((id, index) => ({ id, eventId: large, title: `Talk ${index}` })));
    await makeViewerHours(db, ids, [seen("vwr_tireless", 0, 1)]);
    await makeViewerHours(db, [large], [seen("vwr_tireless", 0, 59)]);
    const one = await read(small);
    const many = await read(large);
    expect(many.report.sessions.map(({ uniqueViewers }) => uniqueViewers)).toEqual(ids.map(() => 1));
    expect(many.report.summary.uniqueViewers).toBe(1);
    expect(many.statements).toBe(one.statements);
  } finally {
    await counted.close();
  }
});

test("an event that was deleted has no report", async () => {
  const eventId = await makeEvent(api.deps.db);
  await api.deps.db.delete(events).where(eq(events.id, eventId));
  await expect(readEventAnalytics(api.deps, eventId)).rejects.toMatchObject({ code: "not-found" });
});
