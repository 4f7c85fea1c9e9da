import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sessions } from "../../db/schema/events-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, newToken } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeStream, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const put = (path: string, status: number, body: unknown) =>
  call(api, "PUT", path, status, { token: admin, body });
const day = (hour: number) => `2031-05-02T${String(hour).padStart(2, "0")}:00:00.000Z`;

test("sessions stay within their event, and move along when they are told to", async () => {
  const { db } = api.deps;
  const id = await makeEvent(db, { startsAt: new Date(day(8)), endsAt: new Date(day(12)) });
  const made = await call(api, "POST", `/api/events/${id}/sessions`, 201, {
    token: admin,
    body: { title: "Keynote", startsAt: day(9), endsAt: day(10) },
  });
  const path = `/api/sessions/${made.body.id}`;
  for (const [times, pointer] of [
    [{ startsAt: day(7) }, "/startsAt"],
    [{ endsAt: day(13) }, "/endsAt"],
    [{ endsAt: day(9) }, "/endsAt"],
  ] as const) {
    expect((await put(path, 422, times)).body.errors[0].pointer).toBe(pointer);
  }
  await call(api, "POST", `/api/events/${id}/sessions`, 422, {
    token: admin,
    body: { title: "Too early", startsAt: day(7) },
  });
  const outside = await put(`/api/events/${id}`, 409, { startsAt: day(11), endsAt: day(15) });
  expect(outside.body.type).toBe("/problems/sessions-outside");
  const shiftedEvent = await put(`/api/events/${id}`, 200, {
    startsAt: day(11),
    endsAt: day(15),
    shiftSessions: true,
  });
  expect(shiftedEvent.body.sessions[0]).toMatchObject({ startsAt: day(12), endsAt: day(13) });
  const [row] = await db.select().from(sessions).where(eq(sessions.id, made.body.id));
  expect(row?.calendarSequence).toBe(1);
});

test("a session is changed with its speakers, and told to the event", async () => {
  const { db } = api.deps;
  const id = await makeEvent(db);
  const sessionId = await makeSession(db, id);
  const [ada, grace] = [await makeUser(db), await makeUser(db)];
  const path = `/api/sessions/${sessionId}`;
  const first = await put(path, 200, { speakers: [ada, grace, ada], slowModeSeconds: 30 });
  expect(first.body).toMatchObject({ speakers: [ada, grace].sort(), slowModeSeconds: 30, title: "Keynote" });
  const second = await put(path, 200, { speakers: [grace], chatEnabled: false, status: "live" });
  expect(second.body).toMatchObject({
    speakers: [grace],
    chatEnabled: false,
    status: "live",
    slowModeSeconds: 30,
  });
  await api.settled();
  const told = api.roomCalls.filter(({ args }) => args[0] === id).at(-1)?.args[1] as {
    type: string;
    data: unknown;
  }[];
  expect(told.map(({ type }) => type)).toEqual(["session:updated", "event:updated"]);
  expect(told[0]?.data).toEqual(second.body);
  const absent = newIdentifier("user");
  const refused = await put(path, 422, { speakers: [ada, absent] });
  expect(refused.body.errors).toEqual([{ pointer: "/speakers/1", detail: "is not a user" }]);
  expect((await put(path, 200, {})).body.speakers).toEqual([grace]);
  await put(path, 409, { status: "scheduled" });
  for (const bad of [
    { slowModeSeconds: -1 },
    { slowModeSeconds: 1.5 },
    { slowModeSeconds: 3601 },
    { speakers: ["../../admin"] },
    { speakers: [`usr_${"x".repeat(10_240)}`] },
    { speakers: "all" },
  ]) {
    await put(path, 422, bad);
  }
});

test("a session does not go live in an event that is over", async () => {
  const id = await makeEvent(api.deps.db, { status: "cancelled" });
  const sessionId = await makeSession(api.deps.db, id);
  expect((await put(`/api/sessions/${sessionId}`, 409, { status: "live" })).body.type).toBe(
    "/problems/event-over",
  );
});

test("a deleted session frees its stream", async () => {
  const { db } = api.deps;
  const id = await makeEvent(db);
  const sessionId = await makeSession(db, id);
  const stream = await makeStream(db, { sessionId });
  await call(api, "DELETE", `/api/sessions/${sessionId}`, 204, { token: admin });
  expect(
    (await call(api, "GET", `/api/streams/${stream.id}`, 200, { token: admin })).body.sessionId,
  ).toBeNull();
  await call(api, "GET", `/api/streams/${stream.id}`, 404);
});
