import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { mediaCommands, mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import type { Event } from "../../protocol/events.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeSession, makeStream, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

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
  const token = (await signIn(api, moderator)).token;
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
