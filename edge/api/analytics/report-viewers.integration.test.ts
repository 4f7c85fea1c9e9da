import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sessionReactions } from "../../db/schema/engagement-tables.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { chatMessages } from "../../db/schema/session-log-tables.ts";
import { plays } from "../../db/schema/watching-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, newToken } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeStream } from "../streams/test-scene.ts";
import { sessionScene } from "../streams/test-session-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { readScope } from "./report-scope.ts";
import { figuresOfViewers, readViewerFigures, type ViewerFigures } from "./report-viewers.ts";
import { at, fetchReport, seen } from "./test-report-hour.ts";
import { makeRollUps, makeViewerHours } from "./test-watching.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const nothing = { messages: 0, questions: 0, upvotes: 0, votes: 0, reactions: 0 };

async function all(which: { eventId: string } | { sessionId: string }, pageSize?: number) {
  const { db, clock, environment } = api.deps;
  const scope = (await readScope(db, which, clock()))!;
  const pages: ViewerFigures[][] = [];
  for await (const page of readViewerFigures(db, scope, environment.engagement, pageSize)) pages.push(page);
  return { scope, pages, viewers: pages.flat() };
}

const reportOf = (eventId: string) => fetchReport(api, admin, eventId);

/** A session of an hour that has been watched by its people: half of it by each. */
async function watchedScene(people: number, session: Parameters<typeof sessionScene>[2] = {}) {
  const scene = await sessionScene(api, people, { startsAt: at(0), endsAt: at(60), ...session });
  const { db, eventId, sessionId, userIds } = scene;
  await makeViewerHours(
    db,
    [eventId, sessionId],
    userIds.map((id) => seen(id, 0, 30)),
  );
  await makeRollUps(
    db,
    [eventId, sessionId],
    [{ span: "hour", at: at(0), viewers: people, watchedSeconds: people * 1800 }],
  );
  return scene;
}

test("only what stands counts: nothing held back, shadowed, deleted, waiting or one's own upvote", async () => {
  const scene = await watchedScene(2);
  const { db, eventId, sessionId, userIds, tokens, host } = scene;
  const [ada = ""] = userIds;
  const [token, other = ""] = tokens;
  let seq = 1000;
  const message = (more: Partial<typeof chatMessages.$inferInsert> = {}) =>
    db.insert(chatMessages).values({
      id: newIdentifier("message"),
      sessionId,
      seq: seq++,
      userId: ada,
      text: "Hello",
      ...more,
    });
  await message();
  await message();
  await message({ state: "held" });
  await message({ state: "shadowed" });
  await message({ deletedAt: at(1) });
  const ask = async (text: string, by: string, anonymous = false) =>
    (
      await call(api, "POST", `/api/questions/session/${sessionId}`, 201, {
        token: by,
        body: { text, anonymous },
      })
    ).body.id as string;
  const upvote = (id: string, by: string) =>
    call(api, "POST", `/api/questions/${id}/upvote`, 200, { token: by });
  const [shown, archived, unseen] = [
    await ask("Shown?", token),
    await ask("Archived?", token),
    await ask("Unseen?", token),
  ];
  const theirs = await ask("Theirs?", other);
  await upvote(shown, token);
  await upvote(theirs, token);
  await upvote(archived, other);
  for (const id of [archived, unseen])
    await call(api, "PATCH", `/api/questions/${id}`, 200, { token: host, body: { status: "archived" } });
  const body = { sessionId, question: "Which?", options: ["A", "B"], multiple: true };
  const poll = (await call(api, "POST", "/api/polls", 201, { token: host, body })).body;
  const optionIds = poll.options.map(({ id }: { id: string }) => id);
  await call(api, "POST", `/api/polls/${poll.id}/vote`, 200, { token, body: { optionIds } });
  await db.insert(sessionReactions).values([
    { sessionId, userId: ada, emoji: "👏", count: 3 },
    { sessionId, userId: ada, emoji: "🎉", count: 4 },
  ]);

  const { viewers } = await all({ sessionId });
  const figures = viewers.find(({ viewerId }) => viewerId === ada)!;
  expect(figures).toMatchObject({
    user: { id: ada, name: "Person 0" },
    firstSeenAt: at(0),
    lastSeenAt: at(30),
    watchSeconds: 1800,
    watchShare: 0.5,
    deeds: { messages: 2, questions: 2, upvotes: 1, votes: 1, reactions: 7 },
  });
  const part = (weight: number, times: number, scale: number) =>
    Math.floor(weight * (1 - Math.exp(-times / scale)) * 100) / 100;
  expect(figures.engagement.parts).toEqual({
    watching: 25,
    messages: part(15, 2, 5),
    questions: part(10, 2, 2),
    upvotes: part(5, 1, 4),
    votes: part(15, 1, 2),
    reactions: part(5, 7, 10),
  });

  const report = await reportOf(eventId);
  expect(report.summary.deeds).toEqual({ messages: 2, questions: 3, upvotes: 2, votes: 1, reactions: 7 });
  const mean = viewers.reduce((sum, { engagement }) => sum + engagement.score, 0) / viewers.length;
  expect(Math.abs(report.summary.engagement.score - mean)).toBeLessThan(0.13);
  expect(report.sessions[0]?.engagement).toEqual(report.summary.engagement);
  expect(report.polls).toEqual([
    {
      sessionId,
      question: "Which?",
      voters: 1,
      options: [
        { text: "A", votes: 1 },
        { text: "B", votes: 1 },
      ],
    },
  ]);
  expect(report.topQuestions.map(({ text, upvotes, askedBy }) => [text, upvotes, askedBy])).toEqual([
    ["Shown?", 1, "Person 0"],
    ["Archived?", 1, "Person 0"],
    ["Theirs?", 1, "Person 1"],
  ]);
  // Of the hour all minutes are gone: so many a minute on the mean.
  expect(report.curve.stepSeconds).toBe(3600);
  const said = report.curve.points.reduce((sum, { messages }) => sum + messages * 60, 0);
  expect(said).toBeCloseTo(2, 9);
});

test("a question that was asked anonymously counts for the event, and tells of nobody", async () => {
  const { eventId, sessionId, tokens, db } = await watchedScene(1, { askersVisibleToStaff: true });
  const ask = async () => {
    const body = { text: "Who am I?", anonymous: true };
    await call(api, "POST", `/api/questions/session/${sessionId}`, 201, { token: tokens[0], body });
  };
  const known = async () => (await all({ eventId })).viewers.map(({ deeds }) => deeds.questions);
  await ask();
  expect(await known()).toEqual([1]);
  await db.update(sessions).set({ askersVisibleToStaff: false }).where(eq(sessions.id, sessionId));
  await ask();
  expect(await known()).toEqual([0]);
  const report = await reportOf(eventId);
  expect(report.summary).toMatchObject({ deeds: { questions: 2 }, engagement: { parts: { questions: 0 } } });
  expect(report.topQuestions.map(({ askedBy }) => askedBy)).toEqual([null, null]);
});

test("who acts without having watched is in the totals and in nobody's mean", async () => {
  const { db, eventId, sessionId, hostId } = await watchedScene(1);
  await db.insert(sessionReactions).values({ sessionId, userId: hostId, emoji: "👏", count: 9 });
  const { summary } = await reportOf(eventId);
  expect(summary).toMatchObject({ deeds: { reactions: 9 }, engagement: { score: 25 } });
});

test("pages have everyone once, in the order of ids, each with what they watched with", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const [one, two] = [
    await makeSession(db, eventId, { startsAt: at(0), endsAt: at(60) }),
    await makeSession(db, eventId, { startsAt: at(60), endsAt: at(120) }),
  ];
  const ids = Array.from({ length: 25 }, (_, index) => `vwr_${String(index).padStart(2, "0")}`);
  const [first = ""] = ids;
  await makeViewerHours(
    db,
    [eventId],
    ids.flatMap((id) => [
      { ...seen(id, 0, 30), latencySeconds: 2, renditions: { "720p": 60 }, stalls: 1, stallSeconds: 200 },
      { ...seen(id, 60, 70), latencySeconds: 4, renditions: { "720p": 30, "360p": 500 }, errors: 2 },
    ]),
  );
  const { id: streamId } = await makeStream(db, { sessionId: one });
  const play = { streamId, viewerId: first, firstAt: at(0), device: "desktop", browser: "Firefox" };
  await db.insert(plays).values([
    { ...play, playId: "1", sessionId: one, joinMs: 500 },
    { ...play, playId: "2", sessionId: two, joinMs: 1500, device: "phone", browser: "Safari" },
    { ...play, playId: "3", sessionId: null, joinMs: 90_000, device: "tv" },
  ]);
  const { pages, viewers, scope } = await all({ eventId }, 10);
  expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
  expect(viewers.map(({ viewerId }) => viewerId)).toEqual(ids);
  expect(viewers[0]).toEqual({
    viewerId: first,
    user: null,
    firstSeenAt: at(0),
    lastSeenAt: at(70),
    watchSeconds: 2400,
    watchShare: 1 / 3,
    deeds: nothing,
    engagement: { score: 16.66, parts: { watching: 16.66, ...nothing } },
    quality: {
      joinSeconds: 1,
      stalls: 1,
      stallSeconds: 200,
      stallShare: 200 / 2600,
      latencySeconds: 3,
      errors: 2,
    },
    renditions: [
      { name: "360p", seconds: 500 },
      { name: "720p", seconds: 90 },
    ],
    devices: ["desktop", "phone"],
    browsers: ["Firefox", "Safari"],
  });
  const { db: database, environment } = api.deps;
  const some = await figuresOfViewers(database, scope, environment.engagement, [first, "usr_never_came"]);
  expect(some).toEqual([viewers[0]]);
  expect((await all({ sessionId: one })).viewers).toEqual([]);
});

test("somebody who deleted the account keeps the totals as they were, and has no name", async () => {
  const { eventId, userIds, tokens, sessionId, db } = await watchedScene(2);
  await db.insert(sessionReactions).values({ sessionId, userId: userIds[0]!, emoji: "👏", count: 9 });
  // Who was at an event that is over keeps the seat.
  await db.update(events).set({ status: "ended" }).where(eq(events.id, eventId));
  const before = await reportOf(eventId);
  expect(before.summary).toMatchObject({ signedInViewers: 2, seats: 2, seatsTaken: 2 });
  await call(api, "DELETE", `/api/users/${userIds[0]}`, 204, { token: tokens[0] });
  await api.settled();
  const { viewers } = await all({ eventId });
  expect(viewers.map(({ user }) => user?.name ?? null).sort()).toEqual(["Person 1", null]);
  const after = await reportOf(eventId);
  for (const figure of [
    "uniqueViewers",
    "watchSeconds",
    "averageWatchSeconds",
    "signedInViewers",
    "seats",
    "seatsTaken",
    "deeds",
    "engagement",
  ] as const)
    expect(after.summary[figure], figure).toEqual(before.summary[figure]);
});
