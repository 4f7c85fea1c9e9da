import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sessions } from "../../db/schema/events-tables.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { mediaCommands, mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import type { Event } from "../../protocol/events.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeSession, makeStream, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await tokenOf(await makeUser(api.deps.db, "admin"));
});
afterAll(() => api.drop());

const tokenOf = async (userId: string) => (await signIn(api, userId)).token;
const put = (path: string, status: number, body: unknown, headers: Record<string, string> = {}) =>
  call(api, "PUT", path, status, { token: admin, body, headers });
const day = (hour: number) => `2031-05-02T${String(hour).padStart(2, "0")}:00:00.000Z`;

test("what a PUT leaves out stays, what is null goes, and the whole answer may be sent back", async () => {
  const created = await call(api, "POST", "/api/events", 201, {
    token: admin,
    body: {
      title: "Launch",
      slug: `launch-${Date.now()}`,
      startsAt: day(8),
      endsAt: day(18),
      timeZone: "Europe/Berlin",
      maxAttendees: 10,
      branding: { primaryColor: "#ffee00", accentColor: "#101030", bannerUrl: "https://cdn.example/b.png" },
    },
  });
  const event: Event = created.body;
  expect(event.branding).toEqual({
    primaryColor: "#ffee00",
    primaryTextColor: "#000000",
    accentColor: "#101030",
    accentTextColor: "#ffffff",
    logoUrl: null,
    bannerUrl: "https://cdn.example/b.png",
  });
  const same = await put(`/api/events/${event.id}`, 200, event);
  expect(same.body).toEqual(event);
  const changed = await put(`/api/events/${event.id}`, 200, {
    title: "Launch II",
    maxAttendees: null,
    endsAt: null,
    branding: { bannerUrl: null },
  });
  expect(changed.body).toEqual({
    ...event,
    title: "Launch II",
    maxAttendees: null,
    endsAt: null,
    branding: { ...event.branding, bannerUrl: null },
  });
  await api.settled();
  const told = api.roomCalls.filter(({ args }) => args[0] === event.id).at(-1);
  expect(told?.args[1]).toEqual([{ type: "event:updated", data: changed.body }]);
  const entries = await api.deps.db.select().from(auditLog).where(eq(auditLog.subjectId, event.id));
  expect(entries.map(({ action }) => action).sort()).toEqual([
    "event.created",
    "event.updated",
    "event.updated",
  ]);
});

test("of two who edit what they saw, the later is told", async () => {
  const id = await makeEvent(api.deps.db);
  const sessionId = await makeSession(api.deps.db, id);
  for (const path of [`/api/events/${id}`, `/api/sessions/${sessionId}`]) {
    const seen = (await call(api, "GET", path, 200, { token: admin })).headers.get("etag")!;
    const first = await put(path, 200, { title: "One" }, { "if-match": seen });
    const late = await put(path, 412, { title: "Two" }, { "if-match": seen });
    expect(late.body.type).toBe("/problems/changed-meanwhile");
    await put(path, 200, { title: "Three" }, { "if-match": first.headers.get("etag")! });
    await call(api, "DELETE", path, 412, { token: admin, headers: { "if-match": seen } });
  }
});

test("only an admin changes events and sessions; a moderator of the event does not", async () => {
  const { db } = api.deps;
  const id = await makeEvent(db);
  const sessionId = await makeSession(db, id);
  const moderator = await makeUser(db);
  await giveRole(db, id, moderator, "moderator");
  const token = await tokenOf(moderator);
  for (const path of [`/api/events/${id}`, `/api/sessions/${sessionId}`]) {
    await call(api, "PUT", path, 403, { token, body: { title: "x" } });
    await call(api, "PUT", path, 401, { body: { title: "x" } });
    await call(api, "DELETE", path, 403, { token });
  }
});

test("a status moves only where it may", async () => {
  const id = await makeEvent(api.deps.db, { status: "draft" });
  const path = `/api/events/${id}`;
  const refused = await put(path, 409, { status: "ended" });
  expect(refused.body).toMatchObject({
    type: "/problems/illegal-move",
    detail: "An event that is draft can become scheduled or live or cancelled.",
  });
  for (const status of ["scheduled", "live", "ended", "live", "cancelled", "scheduled"]) {
    expect((await put(path, 200, { status })).body.status).toBe(status);
  }
  await put(path, 200, { status: "live" });
  await put(path, 409, { status: "draft" });
  await put(path, 422, { status: "over" });
});

test("times have to be times, and an end lies behind its start", async () => {
  const id = await makeEvent(api.deps.db, { startsAt: new Date(day(8)), endsAt: new Date(day(18)) });
  for (const [body, pointer] of [
    [{ startsAt: day(19) }, "/endsAt"],
    [{ endsAt: day(8) }, "/endsAt"],
    [{ startsAt: "0000-01-01T00:00:00Z" }, "/startsAt"],
    [{ startsAt: "1969-12-31T23:59:59Z" }, "/startsAt"],
    [{ endsAt: "10000-01-01T00:00:00Z" }, "/endsAt"],
    [{ endsAt: "+010000-01-01T00:00:00Z" }, "/endsAt"],
    [{ endsAt: "2031-02-29T00:00:00Z" }, "/endsAt"],
    [{ endsAt: "2031-05-02T25:00:00Z" }, "/endsAt"],
    [{ endsAt: 5 }, "/endsAt"],
    [{ timeZone: "Mars/Olympus" }, "/timeZone"],
  ] as const) {
    const problem = (await put(`/api/events/${id}`, 422, body)).body;
    expect(
      problem.errors.map((error: { pointer: string }) => error.pointer),
      JSON.stringify(body),
    ).toEqual([pointer]);
  }
  await put(`/api/events/${id}`, 200, { endsAt: "9999-12-31T23:59:59Z" });
});

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

test("a slug is one event's, and of a form that an address can have", async () => {
  const slug = `taken-${Date.now()}`;
  await call(api, "POST", "/api/events", 201, { token: admin, body: { title: "x", slug } });
  const again = await call(api, "POST", "/api/events", 409, { token: admin, body: { title: "x", slug } });
  expect(again.body.type).toBe("/problems/slug-taken");
  const id = await makeEvent(api.deps.db);
  expect((await put(`/api/events/${id}`, 409, { slug })).body.type).toBe("/problems/slug-taken");
  for (const bad of ["", "../admin", "Big", "a b", "-a", "a--b", "ünïcode", "a".repeat(81), "<script>"]) {
    await put(`/api/events/${id}`, 422, { slug: bad });
  }
});

test("there are never fewer seats than people", async () => {
  const { db } = api.deps;
  const id = await makeEvent(db);
  await seat(db, id, await makeUser(db), await makeUser(db));
  expect((await put(`/api/events/${id}`, 409, { maxAttendees: 1 })).body.type).toBe("/problems/conflict");
  await put(`/api/events/${id}`, 200, { maxAttendees: 2 });
  for (const bad of [0, -1, 1.5, "2", 1e7]) await put(`/api/events/${id}`, 422, { maxAttendees: bad });
  const infinite = await api.publicApp.request(`/api/events/${id}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
    body: '{"maxAttendees": 1e309}',
  });
  expect(infinite.status).toBe(422);
});

test.each(["ended", "cancelled"])(
  "streams and live sessions of an event that is %s end with it",
  async (status) => {
    const { db } = api.deps;
    const nodeId = newIdentifier("mediaNode");
    await db.insert(mediaNodes).values({ id: nodeId, hlsHost: "", rtmpHost: "" });
    const id = await makeEvent(db);
    const sessionId = await makeSession(db, id, { status: "live" });
    const stream = await makeStream(db, { sessionId, status: "live", mediaNodeId: nodeId });
    const { body } = await put(`/api/events/${id}`, 200, { status });
    expect(body.sessions[0].status).toBe(status === "ended" ? "ended" : "live");
    const [row] = await db.select().from(streams).where(eq(streams.id, stream.id));
    expect(row?.status).toBe("ended");
    const orders = await db.select().from(mediaCommands).where(eq(mediaCommands.streamId, stream.id));
    expect(orders.map(({ kind }) => kind)).toEqual(["end"]);
    await api.settled();
    const types = api.roomCalls
      .filter(({ args }) => args[0] === id)
      .flatMap(({ args }) => (args[1] as { type: string }[]).map((message) => message.type));
    expect(types.sort()).toEqual(["event:updated", "stream:status"]);
  },
);

test("a deleted event is gone with its sessions; its streams stay, for staff, and do not run on", async () => {
  const { db } = api.deps;
  const nodeId = newIdentifier("mediaNode");
  await db.insert(mediaNodes).values({ id: nodeId, hlsHost: "", rtmpHost: "" });
  const id = await makeEvent(db);
  const sessionId = await makeSession(db, id);
  const stream = await makeStream(db, { sessionId, status: "live", mediaNodeId: nodeId });
  await seat(db, id, await makeUser(db));
  await call(api, "DELETE", `/api/events/${id}`, 204, { token: admin });
  await call(api, "GET", `/api/events/${id}`, 404, { token: admin });
  await call(api, "GET", `/api/sessions/${sessionId}`, 404, { token: admin });
  await call(api, "DELETE", `/api/events/${id}`, 404, { token: admin });
  await call(api, "GET", `/api/streams/${stream.id}`, 404);
  const left = await call(api, "GET", `/api/streams/${stream.id}`, 200, { token: admin });
  expect(left.body).toMatchObject({ sessionId: null, status: "ended" });
  const orders = await db.select().from(mediaCommands).where(eq(mediaCommands.streamId, stream.id));
  expect(orders.map(({ kind }) => kind)).toEqual(["end"]);
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

const million = "x".repeat(900_000);
test.each([
  ["title", million],
  ["title", ""],
  ["title", "a\0b"],
  ["title", "\ud800"],
  ["title", "evil\u202egnp.exe"],
  ["title", "two\nlines"],
  ["description", million],
  ["description", "a\0b"],
  ["description", "\udfff"],
  ["slug", million],
  ["timeZone", million],
  ["timeZone", "UTC\0"],
  ["timeZone", "+02:00"],
  ["timeZone", "../../etc/localtime"],
  ["accessCode", million],
  ["accessCode", "abc"],
  ["accessCode", "co\0de"],
  ["visibility", "secret"],
  ["branding", { primaryColor: "red" }],
  ["branding", { primaryColor: "#12345" }],
  ["branding", { accentColor: "url(https://evil.example)" }],
  ["branding", { bannerUrl: "javascript:alert(1)" }],
  ["branding", { bannerUrl: "data:text/html,<script>" }],
  ["branding", { bannerUrl: `https://a.example/${million}` }],
  ["branding", "#ffffff"],
])("an event's %s refuses what is sent (%#)", async (field, value) => {
  const id = await makeEvent(api.deps.db);
  const problem = (await put(`/api/events/${id}`, 422, { [field]: value })).body;
  expect(problem.errors[0].pointer).toMatch(new RegExp(`^/${field}`));
});

test.each(["[]", "null", '"title"', "5"])("%s is no change of an event", async (body) => {
  const id = await makeEvent(api.deps.db);
  const response = await api.publicApp.request(`/api/events/${id}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
    body,
  });
  expect(response.status, await response.text()).toBe(422);
});

test("a body of more than a million characters is refused before it is read", async () => {
  const id = await makeEvent(api.deps.db);
  const problem = (await put(`/api/events/${id}`, 413, { title: "x".repeat(1_100_000) })).body;
  expect(problem.type).toBe("/problems/too-large");
});

test("markup and quotes are text like any other", async () => {
  const id = await makeEvent(api.deps.db);
  const title = `<script>alert("1")</script> '; drop table events; -- \u200f`;
  const { body } = await put(`/api/events/${id}`, 200, { title, description: "line\r\nline\ttab" });
  expect(body).toMatchObject({ title: title.trim(), description: "line\r\nline\ttab" });
});
