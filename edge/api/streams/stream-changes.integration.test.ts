import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { mediaCommands, mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { call, callInternal, newToken } from "./test-client.ts";
import { makeEvent, makeSession, makeStream } from "./test-scene.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const put = (id: string, status: number, body: unknown) =>
  call(api, "PUT", `/api/streams/${id}`, status, { token: admin, body });
async function liveStream(sessionId: string | null = null) {
  const nodeId = newIdentifier("mediaNode");
  await api.deps.db.insert(mediaNodes).values({ id: nodeId, hlsHost: "", rtmpHost: "" });
  const stream = await makeStream(api.deps.db, { sessionId, status: "live", mediaNodeId: nodeId });
  return { ...stream, nodeId };
}
const heartbeat = async (nodeId: string) =>
  (
    await callInternal(api, "POST", "/internal/media/heartbeat", 200, {
      nodeId,
      hlsHost: "a",
      rtmpHost: "b",
      liveStreams: 1,
    })
  ).body.streams[0];
const saidTo = (eventId: string) =>
  api.roomCalls
    .filter(({ args }) => args[0] === eventId)
    .flatMap(({ args }) => args[1] as { type: string; data: Record<string, unknown> }[]);

test("what a PUT leaves out stays; the node that carries the stream hears what matters to it", async () => {
  const sessionId = await makeSession(api.deps.db, await makeEvent(api.deps.db));
  const { id, nodeId } = await liveStream(sessionId);
  const { body } = await put(id, 200, { title: "Stage two", reconnectWindowSeconds: 5, record: true });
  expect(body).toMatchObject({
    title: "Stage two",
    sessionId,
    reconnectWindowSeconds: 5,
    record: true,
    latencyMode: "standard",
  });
  expect(await heartbeat(nodeId)).toMatchObject({
    reconnectWindowSeconds: 5,
    record: true,
    visibility: "public",
  });
  const entries = await api.deps.db.select().from(auditLog).where(eq(auditLog.subjectId, id));
  expect(entries).toMatchObject([
    { action: "stream.updated", detail: { changed: ["title", "record", "reconnectWindowSeconds"] } },
  ]);
});

test("of two who edit what they saw, the later is told; a stream that goes live is no edit", async () => {
  const { id } = await makeStream(api.deps.db);
  const seen = (await call(api, "GET", `/api/streams/${id}`, 200, { token: admin })).headers.get("etag")!;
  await api.deps.db.update(streams).set({ status: "live", viewers: 3 }).where(eq(streams.id, id));
  const edit = (status: number, tag: string) =>
    call(api, "PUT", `/api/streams/${id}`, status, {
      token: admin,
      body: { title: `By ${tag}` },
      headers: { "if-match": tag },
    });
  const first = await edit(200, seen);
  await edit(412, seen);
  await edit(200, first.headers.get("etag")!);
});

test("a stream moves from session to session, and both events hear it", async () => {
  const { db } = api.deps;
  const [open, closed] = [await makeEvent(db), await makeEvent(db, { visibility: "private" })];
  const [from, to] = [await makeSession(db, open), await makeSession(db, closed)];
  const { id, nodeId } = await liveStream(from);
  expect((await put(id, 200, { sessionId: to })).body.sessionId).toBe(to);
  await call(api, "GET", `/api/streams/${id}`, 404);
  expect((await heartbeat(nodeId)).visibility).toBe("private");
  await api.settled();
  expect(saidTo(open)).toContainEqual({
    type: "session:updated",
    data: expect.objectContaining({ id: from, streamId: null }),
  });
  expect(saidTo(closed)).toContainEqual({
    type: "session:updated",
    data: expect.objectContaining({ id: to, streamId: id }),
  });
  expect(saidTo(closed)).toContainEqual({
    type: "stream:status",
    data: expect.objectContaining({ streamId: id }),
  });
  expect((await put(id, 200, { sessionId: null })).body.sessionId).toBeNull();
  expect((await heartbeat(nodeId)).visibility).toBe("private");
});

test("a session has one stream, also when two are bound at once", async () => {
  const { db } = api.deps;
  const sessionId = await makeSession(db, await makeEvent(db));
  const [one, two] = [await makeStream(db), await makeStream(db)];
  const answers = await Promise.all(
    [one, two].map(async ({ id }) => {
      const answer = await api.publicApp.request(`/api/streams/${id}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
        body: JSON.stringify({ sessionId }),
      });
      return answer.status;
    }),
  );
  expect(answers.sort()).toEqual([200, 409]);
  const absent = await put(one.id, 422, { sessionId: newIdentifier("session") });
  expect(absent.body.errors).toEqual([{ pointer: "/sessionId", detail: "is not a session" }]);
});

test("a running stream keeps its latency mode, and is not brought into an event that is over", async () => {
  const { db } = api.deps;
  const { id } = await liveStream();
  expect((await put(id, 409, { latencyMode: "low" })).body.type).toBe("/problems/stream-running");
  await put(id, 200, { latencyMode: "standard", title: "Same mode" });
  const over = await makeSession(db, await makeEvent(db, { status: "ended" }));
  expect((await put(id, 409, { sessionId: over })).body.type).toBe("/problems/event-over");
  await db.update(streams).set({ status: "ended" }).where(eq(streams.id, id));
  expect((await put(id, 200, { latencyMode: "low", sessionId: over })).body.latencyMode).toBe("low");
});

test("a deleted stream is gone, its publisher is cut, and its key opens nothing", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const { id, nodeId, streamKey } = await liveStream(sessionId);
  await call(api, "DELETE", `/api/streams/${id}`, 204, { token: admin });
  await call(api, "DELETE", `/api/streams/${id}`, 404, { token: admin });
  await call(api, "GET", `/api/streams/${id}`, 404, { token: admin });
  const { body } = await callInternal(api, "GET", `/internal/media/commands?nodeId=${nodeId}`, 200);
  expect(body.commands).toMatchObject([{ kind: "end", streamId: id }]);
  const publish = { nodeId, streamKey, address: "10.0.0.1" };
  expect((await callInternal(api, "POST", "/internal/media/publish", 200, publish)).body.decision).toBe(
    "deny",
  );
  await api.settled();
  expect(saidTo(eventId)).toContainEqual({
    type: "stream:status",
    data: expect.objectContaining({ streamId: id, status: "ended" }),
  });
  const idle = await makeStream(db);
  await call(api, "DELETE", `/api/streams/${idle.id}`, 204, { token: admin });
  expect(await db.select().from(mediaCommands).where(eq(mediaCommands.streamId, idle.id))).toEqual([]);
});

test("an event that is deleted while streams move into it leaves no error behind", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionIds = await Promise.all(Array.from({ length: 6 }, () => makeSession(db, eventId)));
  const moving = await Promise.all(sessionIds.map(() => liveStream()));
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await api.publicApp.request(path, {
      method,
      headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    expect(answer.status, await answer.text()).toBeLessThan(500);
  };
  await Promise.all([
    ...moving.map(({ id }, index) => ask("PUT", `/api/streams/${id}`, { sessionId: sessionIds[index] })),
    ask("DELETE", `/api/events/${eventId}`),
    ...sessionIds.map((id) => ask("PUT", `/api/sessions/${id}`, { title: "Moved" })),
  ]);
  for (const { id } of moving) {
    expect((await call(api, "GET", `/api/streams/${id}`, 200, { token: admin })).body.sessionId).toBeNull();
  }
});

test("only admins change and delete streams", async () => {
  const { id } = await makeStream(api.deps.db);
  for (const role of ["moderator", "speaker"] as const) {
    const token = await newToken(api, role);
    const status = role === "moderator" ? 403 : 404;
    await call(api, "PUT", `/api/streams/${id}`, status, { token, body: { title: "x" } });
    await call(api, "DELETE", `/api/streams/${id}`, status, { token });
  }
  await call(api, "PUT", `/api/streams/${id}`, 401, { body: { title: "x" } });
});

test.each([
  { title: "" },
  { title: "x".repeat(900_000) },
  { title: "a\0b" },
  { title: "\ud800" },
  { title: "evil\u202egnp" },
  { latencyMode: "none" },
  { record: "yes" },
  { reconnectWindowSeconds: -1 },
  { reconnectWindowSeconds: 1.5 },
  { reconnectWindowSeconds: 1801 },
  { reconnectWindowSeconds: null },
  { sessionId: "../../etc" },
  { sessionId: `ses_${"x".repeat(10_240)}` },
  { sessionId: "ses_\0" },
  [],
])("a stream refuses what makes no sense (%#)", async (body) => {
  const { id } = await makeStream(api.deps.db);
  await put(id, 422, body);
});
