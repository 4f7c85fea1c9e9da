import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { audienceKey } from "../../auth/audience-key.ts";
import { verifyPlaybackToken } from "../../auth/playback-token.ts";
import { streamSamples } from "../../db/schema/aftermath-tables.ts";
import { mediaNodes, streamViewers } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { recordPresence } from "../realtime/presence.ts";
import { call, callInternal, newToken } from "../streams/test-client.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { makeLiveStream, sampleAt } from "./test-live-stream.ts";

let api: TestApi;
let admin: string;
let now: Date;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
beforeEach(() => {
  now = new Date();
});
afterAll(() => api.drop());

const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const statsOf = async (id: string) =>
  (await call(api, "GET", `/api/streams/${id}/stats`, 200, { token: admin })).body;
const keptOf = (id: string) =>
  api.deps.db.select().from(streamSamples).where(eq(streamSamples.streamId, id)).orderBy(streamSamples.at);

test("the stats of a stream are what its node said last", async () => {
  const live = await makeLiveStream(api);
  await live.report({
    status: "live",
    startedAt: ago(600).toISOString(),
    warnings: [{ code: "long-gop", detail: "Keyframes come every 8.3 s." }],
  });
  const shed = [{ name: "720p", reason: "The machine fell 4 s behind." }];
  await live.samples([sampleAt(ago(10)), sampleAt(ago(0), { bitrateKbps: 2500, droppedFrames: 3 })], {
    shed,
  });
  const stats = await statsOf(live.id);
  expect(stats).toMatchObject({
    streamId: live.id,
    status: "live",
    now: { at: now.toISOString(), bitrateKbps: 2500, droppedFrames: 3, viewers: 0 },
    shed,
    warnings: [{ code: "long-gop" }],
    viewers: 0,
  });
  const shown = async (token: string) =>
    (await call(api, "GET", `/api/streams/${live.id}`, 200, { token })).body;
  expect((await shown(admin)).shed).toEqual(shed);
  expect(await shown(await newToken(api))).not.toHaveProperty("shed");
  expect(stats.uptimeSeconds).toBeGreaterThanOrEqual(600);
  const [, host, token] = /^http:\/\/([^/]+)\/hls\/[^/]+\/~([^/]+)\/thumbnail\.jpg$/.exec(
    stats.thumbnailUrl,
  )!;
  expect(host).toBe("media.test");
  const key = await audienceKey(api.deps.environment.jwtSecret, "playback");
  expect(await verifyPlaybackToken(key, token!, live.playbackId)).toMatchObject({ generation: 0 });
});

test("a stream that is off air has no present, no picture and nothing shed", async () => {
  const live = await makeLiveStream(api);
  await live.report({ status: "live", startedAt: ago(60).toISOString() });
  await live.samples([sampleAt(ago(0))], { shed: [{ name: "720p", reason: "It is slow." }] });
  await live.report({ status: "ended" });
  expect(await statsOf(live.id)).toMatchObject({
    status: "ended",
    uptimeSeconds: null,
    now: null,
    shed: [],
    thumbnailUrl: null,
  });
});

test("a sample that is sent again, or with others, is kept once", async () => {
  const live = await makeLiveStream(api);
  await live.report({ status: "live", startedAt: ago(60).toISOString() });
  const [first, second] = [sampleAt(ago(20)), sampleAt(ago(10))];
  await live.samples([first]);
  await live.samples([{ ...first, bitrateKbps: 1 }, second, second]);
  const kept = await keptOf(live.id);
  expect(kept.map(({ at, sample }) => [at.toISOString(), sample.bitrateKbps])).toEqual([
    [first.at, 3000],
    [second.at, 3000],
  ]);
});

test("samples of another node, of long ago and of the future are passed over", async () => {
  const live = await makeLiveStream(api);
  await live.report({ status: "live", startedAt: ago(60).toISOString() });
  await live.samples([sampleAt(ago(10))], {}, newIdentifier("mediaNode"));
  await live.samples([sampleAt(ago(25 * 3600)), sampleAt(ago(-600))]);
  await live.samples([sampleAt(ago(10))], { streamId: newIdentifier("stream") });
  expect(await keptOf(live.id)).toEqual([]);
});

test("what was shed is what the newest samples say, whatever comes late", async () => {
  const live = await makeLiveStream(api);
  await live.report({ status: "live", startedAt: ago(60).toISOString() });
  await live.samples([sampleAt(ago(5))], { shed: [{ name: "480p", reason: "The newest." }] });
  await live.samples([sampleAt(ago(30))], { shed: [] });
  expect((await statsOf(live.id)).shed).toEqual([{ name: "480p", reason: "The newest." }]);
  await live.samples([sampleAt(ago(20))], { broadcastId: newIdentifier("broadcast"), shed: [] });
  expect((await statsOf(live.id)).shed).toHaveLength(1);
  await live.samples([sampleAt(ago(0))]);
  expect((await statsOf(live.id)).shed).toEqual([]);
});

test("who fetches playlists counts as a viewer, and so does who is in the session, but not twice", async () => {
  const live = await makeLiveStream(api);
  await live.report({ status: "live", startedAt: ago(60).toISOString() });
  const { db } = api.deps;
  await db
    .insert(streamViewers)
    .values([
      ...["a", "b", "c"].map((viewerId) => ({ streamId: live.id, viewerId, seenAt: ago(5) })),
      { streamId: live.id, viewerId: "gone", seenAt: ago(600) },
    ]);
  expect((await statsOf(live.id)).viewers).toBe(3);
  await recordPresence(db, { sessionId: live.sessionId, count: 5, peak: 5 });
  expect(await statsOf(live.id)).toMatchObject({ viewers: 5, peakViewers: 5 });
  await live.samples([sampleAt(ago(0), { viewers: 2 }), sampleAt(ago(300), { viewers: 2 })]);
  expect((await keptOf(live.id)).map(({ viewers }) => viewers)).toEqual([2, 5]);
});

test("a node may send as much as it keeps, and no more", async () => {
  const live = await makeLiveStream(api);
  await live.report({ status: "live", startedAt: ago(3600).toISOString() });
  const hour = Array.from({ length: 360 }, (_, index) => sampleAt(ago(index * 10)));
  await live.samples(hour);
  expect(await keptOf(live.id)).toHaveLength(360);
  await expect(live.samples([...hour, sampleAt(ago(3600))])).rejects.toThrow();
});

test("only staff see how a stream does", async () => {
  const live = await makeLiveStream(api);
  const token = await newToken(api);
  for (const view of ["stats", "analytics"]) {
    await call(api, "GET", `/api/streams/${live.id}/${view}`, 401);
    await call(api, "GET", `/api/streams/${live.id}/${view}`, 403, { token });
    await call(api, "GET", `/api/streams/${newIdentifier("stream")}/${view}`, 404, { token: admin });
  }
});

test("a node's capacity is kept with its heartbeat", async () => {
  const { nodeId } = await makeLiveStream(api);
  for (const freeBytes of [5e9, null]) {
    const capacity = { encoder: "libx264", samplesPerSecond: 2e8, promised: 1e8, freeBytes };
    const said = { nodeId, hlsHost: "media.test", rtmpHost: "media.test", liveStreams: 1, capacity };
    await callInternal(api, "POST", "/internal/media/heartbeat", 200, said);
    const [kept] = await api.deps.db.select().from(mediaNodes).where(eq(mediaNodes.id, nodeId));
    expect(kept?.capacity).toEqual(capacity);
  }
});
