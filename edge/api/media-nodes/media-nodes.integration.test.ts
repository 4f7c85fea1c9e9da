import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audienceKey, decodeKey } from "../../auth/audience-key.ts";
import { mediaNodes } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, callInternal, newToken } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeStream } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { nodeCalls } from "./test-node-calls.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const newNode = () => newIdentifier("mediaNode");
const { publish, report, heartbeat, commands } = nodeCalls(() => api);
const streamNow = async (id: string) =>
  (await call(api, "GET", `/api/streams/${id}`, 200, { token: admin })).body;

async function scene(event: Parameters<typeof makeEvent>[1] = {}) {
  const { db } = api.deps;
  const eventId = await makeEvent(db, event);
  const stream = await makeStream(db, { sessionId: await makeSession(db, eventId) });
  return { db, eventId, stream, nodeId: newNode() };
}

test("a key that is known may publish, and the stream is starting from then on", async () => {
  const { stream, nodeId } = await scene();
  expect(await publish(nodeId, stream.streamKey)).toEqual({
    decision: "allow",
    stream: {
      streamId: stream.id,
      playbackId: stream.playbackId,
      status: "starting",
      visibility: "public",
      latencyMode: "standard",
      record: false,
      reconnectWindowSeconds: 60,
      rewindSeconds: 120,
      playbackGeneration: 0,
    },
  });
  expect((await streamNow(stream.id)).status).toBe("starting");
});

test("only what anyone may see is public to a media node", async () => {
  for (const event of [{ visibility: "private" }, { status: "draft" }] as const) {
    const { stream, nodeId } = await scene(event);
    expect(await publish(nodeId, stream.streamKey)).toMatchObject({ stream: { visibility: "private" } });
  }
  const loose = await makeStream(api.deps.db);
  expect(await publish(newNode(), loose.streamKey)).toMatchObject({ stream: { visibility: "private" } });
});

test("keys that are empty, huge, decorated, invented or a playback id are unknown", async () => {
  const { stream, nodeId } = await scene();
  const bad = [
    "",
    "x".repeat(4096),
    `sk_${"a".repeat(4093)}`,
    `${stream.streamKey}?a=b&c=d`,
    `${stream.streamKey}&`,
    `${stream.streamKey} `,
    `${stream.streamKey}\0`,
    stream.streamKey.toUpperCase(),
    "sk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    stream.playbackId,
    stream.id,
    "' or true --",
    "ключ \ud83d\ude00",
  ];
  for (const key of bad) {
    expect(await publish(nodeId, key), key.slice(0, 60)).toEqual({
      decision: "deny",
      reason: "unknown-key",
      streamId: null,
    });
    await callInternal(api, "POST", "/internal/media/resolve-key", 404, { streamKey: key });
  }
  await callInternal(api, "POST", "/internal/media/publish", 422, {
    nodeId,
    streamKey: "x".repeat(9000),
    address: "a",
  });
});

test("a key opens its own stream and no other's", async () => {
  const { stream, nodeId } = await scene();
  const other = await scene();
  expect(await publish(nodeId, other.stream.streamKey)).toMatchObject({
    stream: { streamId: other.stream.id },
  });
  expect((await streamNow(stream.id)).status).toBe("idle");
  const resolved = await callInternal(api, "POST", "/internal/media/resolve-key", 200, {
    streamKey: stream.streamKey,
  });
  expect(resolved.body).toEqual({ playbackId: stream.playbackId, playbackGeneration: 0 });
});

test("an event that is over takes no publisher, and the stream says why", async () => {
  for (const status of ["ended", "cancelled"] as const) {
    const { stream, nodeId } = await scene({ status });
    expect(await publish(nodeId, stream.streamKey)).toEqual({
      decision: "deny",
      reason: "event-over",
      streamId: stream.id,
    });
    expect((await streamNow(stream.id)).lastError).toContain("the event is over");
  }
});

test("of many nodes that ask for one stream at once, one gets it", async () => {
  const { stream } = await scene();
  const decisions = await Promise.all(Array.from({ length: 8 }, () => publish(newNode(), stream.streamKey)));
  expect(decisions.filter(({ decision }) => decision === "allow").length).toBe(1);
  expect(decisions.filter((one) => one.decision === "deny" && one.reason === "live-elsewhere").length).toBe(
    7,
  );
});

test("a stream of a node that has gone silent may be published elsewhere; the old node is told to end", async () => {
  const { db, stream, nodeId } = await scene();
  const other = newNode();
  await publish(nodeId, stream.streamKey);
  await report(nodeId, { streamId: stream.id, revision: 5000, status: "live", broadcastId: "brd_a" });
  expect((await publish(other, stream.streamKey)).decision).toBe("deny");
  await db
    .update(mediaNodes)
    .set({ heartbeatAt: sql`now() - interval '16 seconds'` })
    .where(eq(mediaNodes.id, nodeId));
  expect((await publish(other, stream.streamKey)).decision).toBe("allow");
  expect(await commands(nodeId)).toMatchObject([{ kind: "end", streamId: stream.id }]);
  // The new node counts its reports from anywhere; the old one's are heard no more.
  await report(other, { streamId: stream.id, revision: 1, status: "live", broadcastId: "brd_b" });
  await report(nodeId, { streamId: stream.id, revision: 9000, status: "ended", broadcastId: "brd_a" });
  expect((await streamNow(stream.id)).status).toBe("live");
});

test("reports take effect in the order they were made, however they arrive", async () => {
  const { eventId, stream, nodeId } = await scene();
  await publish(nodeId, stream.streamKey);
  const made = [
    { streamId: stream.id, revision: 1, status: "starting", broadcastId: "brd_1" },
    {
      streamId: stream.id,
      revision: 2,
      status: "live",
      broadcastId: "brd_1",
      startedAt: "2026-01-01T10:00:00Z",
    },
    { streamId: stream.id, revision: 3, status: "reconnecting", broadcastId: "brd_1" },
  ];
  await report(nodeId, made[0]!, made[2]!);
  await report(nodeId, made[1]!);
  await report(nodeId, made[2]!, made[2]!);
  const now = await streamNow(stream.id);
  expect(now.status).toBe("reconnecting");
  await report(nodeId, {
    streamId: stream.id,
    revision: 4,
    status: "live",
    broadcastId: "brd_1",
    startedAt: "2026-01-01T10:00:00Z",
    renditions: [{ name: "360p", width: 640, height: 360, bitrateKbps: 800, copied: false }],
    warnings: [{ code: "late-keyframes", detail: "keyframes every 8.3 s: set 2 s in OBS" }],
  });
  await report(nodeId, { streamId: stream.id, revision: 5, status: "ended", broadcastId: "brd_1" });
  await api.settled();
  expect(await streamNow(stream.id)).toMatchObject({
    status: "ended",
    startedAt: "2026-01-01T10:00:00.000Z",
    renditions: [{ name: "360p" }],
    warnings: [{ code: "late-keyframes" }],
  });
  const heard = api.roomCalls
    .filter(({ args }) => args[0] === eventId)
    .map(({ args }) => (args[1] as { data: { status: string } }[])[0]!.data.status);
  expect(heard).toEqual(["starting", "reconnecting", "live", "ended"]);
});

test("many reports at once leave the newest", async () => {
  const { stream, nodeId } = await scene();
  await publish(nodeId, stream.streamKey);
  await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      report(nodeId, {
        streamId: stream.id,
        revision: index + 1,
        status: index === 29 ? "ended" : "live",
        broadcastId: "brd_1",
        lastError: `${index + 1}`,
      }),
    ),
  );
  expect(await streamNow(stream.id)).toMatchObject({ status: "ended", lastError: "30" });
});

test("an ended stream that is published again is live again", async () => {
  const { stream, nodeId } = await scene();
  await publish(nodeId, stream.streamKey);
  await report(nodeId, { streamId: stream.id, revision: 1, status: "live", broadcastId: "brd_1" });
  await call(api, "POST", `/api/streams/${stream.id}/end`, 204, { token: admin });
  await report(nodeId, { streamId: stream.id, revision: 2, status: "live", broadcastId: "brd_1" });
  expect((await streamNow(stream.id)).status, "what was under way does not bring it back").toBe("ended");
  await publish(nodeId, stream.streamKey);
  await report(nodeId, { streamId: stream.id, revision: 3, status: "ended", broadcastId: "brd_1" });
  await report(nodeId, { streamId: stream.id, revision: 4, status: "live", broadcastId: "brd_2" });
  expect(await streamNow(stream.id)).toMatchObject({ status: "live", endedAt: null });
});

test("reports about streams that are not there are passed over", async () => {
  const { stream, nodeId } = await scene();
  await publish(nodeId, stream.streamKey);
  await report(
    nodeId,
    { streamId: newIdentifier("stream"), revision: 1, status: "live" },
    { streamId: stream.id, revision: 1, status: "live" },
  );
  expect((await streamNow(stream.id)).status).toBe("live");
});

test("a heartbeat answers what should run there, and the key of playback tokens", async () => {
  const { stream, nodeId } = await scene();
  const ended = await scene();
  await publish(nodeId, stream.streamKey);
  await publish(nodeId, ended.stream.streamKey);
  await report(nodeId, { streamId: ended.stream.id, revision: 1, status: "ended" });
  const answer = await heartbeat(nodeId);
  expect(answer.streams.map(({ streamId }) => streamId)).toEqual([stream.id]);
  const key = await audienceKey(api.deps.environment.jwtSecret, "playback");
  expect(decodeKey(answer.playbackKey)).toEqual(key);
  expect((await heartbeat(newNode())).streams).toEqual([]);
});

test("orders wait until they are acknowledged, by their own node", async () => {
  const { stream, nodeId } = await scene();
  await publish(nodeId, stream.streamKey);
  await call(api, "POST", `/api/streams/${stream.id}/regenerate-key`, 200, { token: admin });
  await call(api, "POST", `/api/streams/${stream.id}/end`, 204, { token: admin });
  const open = await commands(nodeId);
  expect(open).toMatchObject([
    { kind: "cut", playbackGeneration: null },
    { kind: "revoke", playbackGeneration: 1 },
    { kind: "end", playbackGeneration: null },
  ]);
  const [cut, revoke, end] = open as [(typeof open)[0], (typeof open)[0], (typeof open)[0]];
  expect(await commands(nodeId, `&after=${cut.id}`)).toEqual([revoke, end]);
  const acknowledge = (by: string, ids: number[]) =>
    callInternal(api, "POST", "/internal/media/commands/acknowledge", 204, { nodeId: by, ids });
  await acknowledge(newNode(), [cut.id, end.id]);
  expect(await commands(nodeId)).toEqual(open);
  await acknowledge(nodeId, [cut.id, 999_999_999]);
  await acknowledge(nodeId, [cut.id]);
  await acknowledge(nodeId, []);
  expect(await commands(nodeId)).toEqual([revoke, end]);
});

test("a long poll answers as soon as there is an order", async () => {
  const { stream, nodeId } = await scene();
  await publish(nodeId, stream.streamKey);
  const waiting = commands(nodeId, "&waitSeconds=20");
  await call(api, "POST", `/api/streams/${stream.id}/end`, 204, { token: admin });
  expect((await waiting).map(({ kind }) => kind)).toEqual(["end"]);
});

test("a long poll of many nodes holds no connection while it waits", async () => {
  const polls = Array.from({ length: 30 }, () => commands(newNode(), "&waitSeconds=2"));
  // The pool of the test has ten connections; these go on while thirty polls wait.
  const { stream, nodeId } = await scene();
  expect((await publish(nodeId, stream.streamKey)).decision).toBe("allow");
  expect((await Promise.all(polls)).flat()).toEqual([]);
});

test("nobody gets in without the internal key", async () => {
  for (const authorization of [undefined, "Bearer wrong", "Bearer ", "test-internal-key"]) {
    const response = await api.internalApp.request("/internal/media/publish", {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization ? { authorization } : {}) },
      body: "{}",
    });
    expect(response.status, await response.text()).toBe(401);
  }
  expect((await api.publicApp.request("/internal/media/commands")).status).toBe(404);
});
