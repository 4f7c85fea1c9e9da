import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audienceKey } from "../../auth/audience-key.ts";
import { verifyBeatToken } from "../../auth/beat-token.ts";
import { verifyPlaybackToken } from "../../auth/playback-token.ts";
import { signViewerToken } from "../../auth/viewer-token.ts";
import { mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, signIn } from "../streams/test-client.ts";
import { ban, makeEvent, makeSession, makeStream, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

async function scene() {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const stream = await makeStream(db, { sessionId: await makeSession(db, eventId) });
  return { db, eventId, stream, path: `/api/streams/${stream.id}/playback` };
}
const tokenIn = (url: string) => /\/~([^/]+)\/master\.m3u8$/.exec(url)![1]!;
const cookieOf = (headers: Headers) => (headers.get("set-cookie") ?? "").split(";")[0]!;

test("the url carries a token for this playback id and this viewer alone", async () => {
  const { stream, path } = await scene();
  const { jwtSecret } = api.deps.environment;
  const { body, headers } = await call(api, "GET", path, 200);
  expect(body.url).toContain(`/hls/${stream.playbackId}/~`);
  expect(headers.get("cache-control")).toBe("no-store");
  const key = await audienceKey(jwtSecret, "playback");
  const claims = await verifyPlaybackToken(key, tokenIn(body.url), stream.playbackId);
  expect(claims).toMatchObject({ viewerId: body.viewerId });
  expect(claims!.expiresAt.toISOString()).toBe(body.expiresAt);
  expect(await verifyPlaybackToken(key, tokenIn(body.url), "pb_other")).toBeNull();
  expect(await verifyBeatToken(jwtSecret, body.beatToken)).toEqual({
    streamId: stream.id,
    viewerId: body.viewerId,
    generation: 0,
    expiresAt: new Date(body.expiresAt),
  });
});

test("an anonymous viewer keeps its id by the cookie, or by an earlier beat token", async () => {
  const { path } = await scene();
  const first = await call(api, "GET", path, 200);
  expect(first.body.viewerId).toMatch(/^vwr_/);
  expect(first.headers.get("set-cookie")).toMatch(/HttpOnly/i);
  const again = await call(api, "GET", path, 200, { headers: { cookie: cookieOf(first.headers) } });
  expect(again.body.viewerId).toBe(first.body.viewerId);
  expect(again.headers.get("set-cookie")).toBeNull();
  const elsewhere = await call(api, "GET", `${path}?viewer=${first.body.beatToken}`, 200);
  expect(elsewhere.body.viewerId).toBe(first.body.viewerId);
  expect((await call(api, "GET", path, 200)).body.viewerId).not.toBe(first.body.viewerId);
});

test("nobody can choose a viewer id", async () => {
  const { path } = await scene();
  const chosen = newIdentifier("viewer");
  const forged = await signViewerToken(
    "another secret, quite as long as ours",
    chosen,
    new Date(Date.now() + 1e6),
  );
  for (const given of [chosen, forged]) {
    const asCookie = await call(api, "GET", path, 200, { headers: { cookie: `rostrum_viewer=${given}` } });
    const asQuery = await call(api, "GET", `${path}?viewer=${given}`, 200);
    expect([asCookie.body.viewerId, asQuery.body.viewerId]).not.toContain(chosen);
  }
});

test("a signed-in viewer is the user, and leaves no beat token to go on with after signing out", async () => {
  const { db, path } = await scene();
  const userId = await makeUser(db);
  const { token } = await signIn(api, userId);
  const { body } = await call(api, "GET", path, 200, { token });
  expect(body.viewerId).toBe(userId);
  expect((await call(api, "GET", `${path}?viewer=${body.beatToken}`, 200)).body.viewerId).toMatch(/^vwr_/);
});

test("a banned user gets no playback", async () => {
  const { db, eventId, path } = await scene();
  const userId = await makeUser(db);
  await ban(db, eventId, userId);
  const refused = await call(api, "GET", path, 403, { token: (await signIn(api, userId)).token });
  expect(refused.body.type).toBe("/problems/banned");
});

test("the url names the machine that holds the stream", async () => {
  const { db, stream, path } = await scene();
  const nodeId = newIdentifier("mediaNode");
  await db.insert(mediaNodes).values({ id: nodeId, hlsHost: "https://two.test", rtmpHost: "two.test" });
  await db.update(streams).set({ mediaNodeId: nodeId }).where(eq(streams.id, stream.id));
  const { body } = await call(api, "GET", path, 200);
  expect(body.url.startsWith(`https://two.test/hls/${stream.playbackId}/~`), body.url).toBe(true);
});
