import { eq } from "drizzle-orm";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mediaCommands, mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { Stream, StreamCreated, streamKeyPattern } from "../../protocol/streams.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { call, callInternal, newToken, signIn } from "./test-client.ts";
import { giveRole, makeEvent, makeSession, makeStream, makeUser, seat } from "./test-scene.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi({ RTMP_HOST: "media.test", RTMP_PORT: "2935", HLS_HOST: "media.test:9090" });
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const tokenOf = async (userId: string) => (await signIn(api, userId)).token;
async function scene(event: Parameters<typeof makeEvent>[1] = {}) {
  const { db } = api.deps;
  const eventId = await makeEvent(db, event);
  const sessionId = await makeSession(db, eventId);
  return { db, eventId, sessionId, stream: await makeStream(db, { sessionId }) };
}
async function makeNode(): Promise<string> {
  const id = newIdentifier("mediaNode");
  await api.deps.db.insert(mediaNodes).values({ id, hlsHost: "", rtmpHost: "" });
  return id;
}

test("creating a stream shows its key once, and where to publish and watch", async () => {
  const sessionId = await makeSession(api.deps.db, await makeEvent(api.deps.db));
  const { body, headers } = await call(api, "POST", "/api/streams", 201, {
    token: admin,
    body: { title: "Main stage", sessionId, record: true },
  });
  const created = v.parse(StreamCreated, body);
  expect(created.streamKey).toMatch(streamKeyPattern);
  expect(created.ingestUrl).toBe("rtmp://media.test:2935/live");
  expect(created.stream).toMatchObject({
    title: "Main stage",
    sessionId,
    status: "idle",
    record: true,
    latencyMode: "standard",
    reconnectWindowSeconds: 60,
    rewindSeconds: 120,
    viewers: 0,
    peakViewers: 0,
    playbackUrl: `http://media.test:9090/hls/${created.stream.playbackId}/master.m3u8`,
  });
  expect(headers.get("cache-control")).toBe("no-store");
});

test("the key and its hash stand in no other answer and in no line of the log", async () => {
  const { body } = await call(api, "POST", "/api/streams", 201, { token: admin, body: { title: "Quiet" } });
  const { stream, streamKey } = body;
  const regenerated = await call(api, "POST", `/api/streams/${stream.id}/regenerate-key`, 200, {
    token: admin,
  });
  const rows = await api.deps.db.select().from(streams).where(eq(streams.id, stream.id));
  const secrets = [streamKey, regenerated.body.streamKey, rows[0]!.keyHash];
  const nodeId = newIdentifier("mediaNode");
  const answers = [
    await call(api, "GET", `/api/streams/${stream.id}`, 200, { token: admin }),
    await call(api, "GET", "/api/streams?limit=200", 200, { token: admin }),
    await call(api, "GET", `/api/streams/${stream.id}/playback`, 200, { token: admin }),
    await callInternal(api, "POST", "/internal/media/publish", 200, {
      nodeId,
      streamKey: regenerated.body.streamKey,
      address: "10.0.0.1",
    }),
    await callInternal(api, "POST", "/internal/media/heartbeat", 200, {
      nodeId,
      hlsHost: "a",
      rtmpHost: "b",
      liveStreams: 0,
    }),
  ];
  await callInternal(api, "POST", "/internal/media/status", 204, {
    nodeId,
    reports: [
      {
        streamId: stream.id,
        revision: Date.now() * 1000,
        lastError: `refused ${regenerated.body.streamKey}`,
      },
    ],
  });
  answers.push(await call(api, "GET", `/api/streams/${stream.id}`, 200, { token: admin }));
  expect(answers.at(-1)!.body.lastError).toBe("refused sk_[redacted]");
  await api.settled();
  const everything = [
    ...answers.map(({ text }) => text),
    ...api.logLines,
    JSON.stringify(api.roomCalls),
  ].join("\n");
  for (const secret of secrets) expect(everything).not.toContain(secret);
});

test("only admins create streams and make keys, whatever they send", async () => {
  const { stream } = await scene();
  for (const role of ["attendee", "speaker", "moderator"] as const) {
    const token = await newToken(api, role);
    await call(api, "POST", "/api/streams", 403, { token, body: { title: "" } });
    await call(api, "POST", `/api/streams/${stream.id}/regenerate-key`, 403, { token });
  }
  await call(api, "POST", "/api/streams", 401, { body: { title: "x" } });
  await call(api, "POST", `/api/streams/${stream.id}/regenerate-key`, 401);
  await call(api, "POST", `/api/streams/${newIdentifier("stream")}/regenerate-key`, 404, { token: admin });
});

test("a session has one stream; a session that is absent is named", async () => {
  const { sessionId } = await scene();
  const taken = await call(api, "POST", "/api/streams", 409, {
    token: admin,
    body: { title: "2", sessionId },
  });
  expect(taken.body.type).toBe("/problems/session-has-stream");
  const absent = await call(api, "POST", "/api/streams", 422, {
    token: admin,
    body: { title: "x", sessionId: newIdentifier("session") },
  });
  expect(absent.body.errors).toEqual([{ pointer: "/sessionId", detail: "is not a session" }]);
});

test("who sees a stream is who sees its event, one by one and in the list alike", async () => {
  const { db } = api.deps;
  const open = await scene();
  const closed = await scene({ visibility: "private" });
  const draft = await scene({ status: "draft" });
  const loose = await makeStream(db);
  const attendee = await makeUser(db);
  const member = await makeUser(db);
  const moderator = await makeUser(db);
  await seat(db, closed.eventId, member);
  await giveRole(db, draft.eventId, member, "speaker");
  await giveRole(db, closed.eventId, moderator, "moderator");
  const all = [open.stream, closed.stream, draft.stream, loose];
  const expected: [string | undefined, boolean[]][] = [
    [undefined, [true, false, false, false]],
    [await tokenOf(attendee), [true, false, false, false]],
    [await tokenOf(member), [true, true, true, false]],
    [await tokenOf(moderator), [true, true, false, false]],
    [await newToken(api, "moderator"), [true, true, true, true]],
    [admin, [true, true, true, true]],
  ];
  for (const [token, visible] of expected) {
    const as = token === undefined ? {} : { token };
    const list = await call(api, "GET", "/api/streams?limit=200", 200, as);
    const listed = new Set(list.body.items.map((item: Stream) => item.id));
    for (const [index, { id }] of all.entries()) {
      await call(api, "GET", `/api/streams/${id}`, visible[index] ? 200 : 404, as);
      await call(api, "GET", `/api/streams/${id}/playback`, visible[index] ? 200 : 404, as);
      expect(listed.has(id)).toBe(visible[index]);
    }
  }
});

test("what the encoder sends and what went wrong is for staff", async () => {
  const { db, eventId, stream } = await scene();
  await db.update(streams).set({ lastError: "no video" }).where(eq(streams.id, stream.id));
  const moderator = await makeUser(db);
  await giveRole(db, eventId, moderator, "moderator");
  const shown = await call(api, "GET", `/api/streams/${stream.id}`, 200, { token: await tokenOf(moderator) });
  expect(v.parse(Stream, shown.body).lastError).toBe("no video");
  expect(v.parse(Stream, shown.body).ingestUrl).toMatch(/^rtmp:\/\/.+\/live$/);
  const plain = await call(api, "GET", `/api/streams/${stream.id}`, 200);
  expect(v.parse(Stream, plain.body)).not.toHaveProperty("lastError");
  expect(v.parse(Stream, plain.body)).not.toHaveProperty("ingestUrl");
});

test("the list comes page by page, newest first, and each stream once", async () => {
  const { db } = api.deps;
  const made: string[] = [];
  const createdAt = new Date();
  // All of one millisecond: the id decides.
  for (let index = 0; index < 7; index++) made.push((await makeStream(db, { createdAt })).id);
  const seen: string[] = [];
  let cursor = "";
  do {
    const path = `/api/streams?limit=3${cursor && `&cursor=${cursor}`}`;
    const { body } = await call(api, "GET", path, 200, { token: admin });
    seen.push(...body.items.map((item: Stream) => item.id));
    cursor = body.nextCursor ?? "";
  } while (cursor !== "");
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.filter((id) => made.includes(id)).sort()).toEqual([...made].sort());
  for (const bad of ["cursor=x", "limit=0", "limit=201", "limit=x"]) {
    await call(api, "GET", `/api/streams?${bad}`, 422, { token: admin });
  }
});

test("a new key makes the old one unknown and orders its publisher cut", async () => {
  const nodeId = await makeNode();
  const { stream } = await scene();
  const publish = (streamKey: string) =>
    callInternal(api, "POST", "/internal/media/publish", 200, { nodeId, streamKey, address: "a" });
  expect((await publish(stream.streamKey)).body.decision).toBe("allow");
  const { body } = await call(api, "POST", `/api/streams/${stream.id}/regenerate-key`, 200, { token: admin });
  expect((await publish(stream.streamKey)).body).toEqual({
    decision: "deny",
    reason: "unknown-key",
    streamId: null,
  });
  expect((await publish(body.streamKey)).body.decision).toBe("allow");
  const orders = await callInternal(api, "GET", `/internal/media/commands?nodeId=${nodeId}`, 200);
  expect(orders.body.commands).toMatchObject([
    { kind: "cut", streamId: stream.id },
    { kind: "revoke", streamId: stream.id },
  ]);
});

test("a stream that is not running gets a new key, and nobody is cut", async () => {
  const { db, stream } = await scene();
  await db
    .update(streams)
    .set({ mediaNodeId: await makeNode(), status: "ended" })
    .where(eq(streams.id, stream.id));
  await call(api, "POST", `/api/streams/${stream.id}/regenerate-key`, 200, { token: admin });
  const orders = await db.select().from(mediaCommands).where(eq(mediaCommands.streamId, stream.id));
  expect(orders.map(({ kind }) => kind)).toEqual(["revoke"]);
});

test("staff end a stream at once: its node is told, and the event hears it", async () => {
  const { db, eventId, stream } = await scene();
  const nodeId = await makeNode();
  await db.update(streams).set({ status: "live", mediaNodeId: nodeId }).where(eq(streams.id, stream.id));
  const speaker = await makeUser(db, "speaker");
  await call(api, "POST", `/api/streams/${stream.id}/end`, 403, { token: await tokenOf(speaker) });
  await call(api, "POST", `/api/streams/${stream.id}/end`, 401);
  const moderator = await makeUser(db);
  await giveRole(db, eventId, moderator, "moderator");
  const token = await tokenOf(moderator);
  await call(api, "POST", `/api/streams/${stream.id}/end`, 204, { token });
  await call(api, "POST", `/api/streams/${stream.id}/end`, 204, { token });
  await api.settled();
  const orders = await db.select().from(mediaCommands).where(eq(mediaCommands.nodeId, nodeId));
  expect(orders.map((order) => order.kind)).toEqual(["end"]);
  const after = await call(api, "GET", `/api/streams/${stream.id}`, 200);
  expect(after.body.status).toBe("ended");
  expect(after.body.endedAt).toBeTruthy();
  const told = api.roomCalls.filter(({ args }) => args[0] === eventId);
  expect(told).toMatchObject([
    { args: [eventId, [{ type: "stream:status", data: { streamId: stream.id, status: "ended" } }]] },
  ]);
});

test("a stream that never ran stays idle when it is ended", async () => {
  const { stream } = await scene();
  await call(api, "POST", `/api/streams/${stream.id}/end`, 204, { token: admin });
  expect((await call(api, "GET", `/api/streams/${stream.id}`, 200)).body.status).toBe("idle");
});

test("ids of another form are simply not there", async () => {
  for (const id of ["x", "usr_1", encodeURIComponent("str_'; drop table streams"), "str_%00"]) {
    await call(api, "GET", `/api/streams/${id}`, 404, { token: admin });
  }
});
