import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audienceKey } from "../../auth/audience-key.ts";
import { verifyPlaybackToken } from "../../auth/playback-token.ts";
import { mediaCommands, mediaNodes, streamViewers } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, callInternal, newToken, signIn } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeStream, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

/** A live stream on a node of its own, and a viewer with a seat. */
async function scene(
  visibility: "public" | "private" = "private",
  status: "live" | "ended" = "live",
  eventStatus: "live" | "scheduled" = "live",
) {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { visibility, status: eventStatus });
  const sessionId = await makeSession(db, eventId);
  const nodeId = newIdentifier("mediaNode");
  await db.insert(mediaNodes).values({ id: nodeId, hlsHost: "", rtmpHost: "" });
  const stream = await makeStream(db, { sessionId, status, mediaNodeId: nodeId });
  const userId = await makeUser(db);
  await seat(db, eventId, userId);
  const { token } = await signIn(api, userId);
  return { eventId, sessionId, nodeId, stream, userId, token };
}
type Scene = Awaited<ReturnType<typeof scene>>;
async function generationOf({ stream, token }: Scene): Promise<number> {
  const { body } = await call(api, "GET", `/api/streams/${stream.id}/playback`, 200, { token });
  const key = await audienceKey(api.deps.environment.jwtSecret, "playback");
  const claims = await verifyPlaybackToken(key, /~([^/]+)/.exec(body.url)![1]!, stream.playbackId);
  return claims!.generation;
}
/** Generations below which the node was told to refuse tokens. */
async function orders({ nodeId }: Scene): Promise<(number | null)[]> {
  const { db } = api.deps;
  const ofNode = eq(mediaCommands.nodeId, nodeId);
  const rows = await db.select().from(mediaCommands).where(ofNode).orderBy(mediaCommands.id);
  return rows.filter(({ kind }) => kind === "revoke").map((row) => row.playbackGeneration);
}

test("staff revoke a stream's playback: its node is told, and who may watch gets what is good again", async () => {
  const one = await scene();
  expect(await generationOf(one)).toBe(0);
  const path = `/api/streams/${one.stream.id}/revoke-playback`;
  await call(api, "POST", path, 403, { token: one.token });
  await call(api, "POST", path, 204, { token: admin });
  expect([await generationOf(one), await orders(one)]).toEqual([1, [1]]);
  await call(api, "POST", path, 204, { token: admin });
  expect([await generationOf(one), await orders(one)]).toEqual([2, [1, 2]]);
});

test("the last minutes of an ended stream are revoked too", async () => {
  const one = await scene("private", "ended");
  await call(api, "POST", `/api/streams/${one.stream.id}/revoke-playback`, 204, { token: admin });
  expect(await orders(one)).toEqual([1]);
});

test("an event that turns private, or a draft, revokes what strangers were given", async () => {
  for (const change of [{ visibility: "private" }, { status: "draft" }]) {
    const one = await scene("public", "live", "scheduled");
    const path = `/api/events/${one.eventId}`;
    await call(api, "PUT", path, 200, { token: admin, body: change });
    expect(await orders(one)).toEqual([1]);
    await call(api, "PUT", path, 200, { token: admin, body: { title: "Another" } });
    expect(await orders(one), "only once").toEqual([1]);
  }
});

test("a ban from a private event revokes once; from a public one, which anyone may watch, it revokes nothing", async () => {
  const [hidden, open] = [await scene("private"), await scene("public")];
  for (const { eventId, userId } of [hidden, open]) {
    await call(api, "POST", `/api/events/${eventId}/bans/${userId}`, 201, { token: admin });
    await call(api, "POST", `/api/events/${eventId}/bans/${userId}`, 200, { token: admin });
  }
  expect([await orders(hidden), await orders(open)]).toEqual([[1], []]);
});

test("a new key, another session and the loss of the session revoke", async () => {
  const one = await scene();
  await call(api, "POST", `/api/streams/${one.stream.id}/regenerate-key`, 200, { token: admin });
  expect(await orders(one)).toEqual([1]);
  const elsewhere = await makeSession(api.deps.db, await makeEvent(api.deps.db));
  const path = `/api/streams/${one.stream.id}`;
  await call(api, "PUT", path, 200, { token: admin, body: { sessionId: elsewhere } });
  await call(api, "PUT", path, 200, { token: admin, body: { title: "Another" } });
  expect(await orders(one)).toEqual([1, 2]);
  await call(api, "DELETE", `/api/sessions/${elsewhere}`, 204, { token: admin });
  expect(await orders(one)).toEqual([1, 2, 3]);
});

test("who fetches playlists is kept once a stream, for the node's own streams, until an hour has passed", async () => {
  const { db } = api.deps;
  const [one, other] = [await scene(), await scene()];
  const seen = (streamId: string) =>
    db.select().from(streamViewers).where(eq(streamViewers.streamId, streamId));
  const report = (viewerIds: string[], streamId = one.stream.id) =>
    callInternal(api, "POST", "/internal/media/viewers", 204, {
      nodeId: one.nodeId,
      streams: [{ streamId, viewerIds }],
    });
  await db.insert(streamViewers).values({
    streamId: one.stream.id,
    viewerId: "vwr_gone",
    seenAt: new Date(Date.now() - 3_700_000),
  });
  await report(["vwr_a", "vwr_b", "vwr_a"]);
  const [before] = await seen(one.stream.id);
  await report(["vwr_b", "vwr_c"]);
  const ids = (await seen(one.stream.id)).map(({ viewerId }) => viewerId).sort();
  expect(ids).toEqual(["vwr_a", "vwr_b", "vwr_c"]);
  expect(before?.seenAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
  await report(["vwr_a"], other.stream.id);
  await report(["vwr_a"], "str_unknown");
  expect(await seen(other.stream.id)).toEqual([]);
  const many = Array.from({ length: 2000 }, (_, index) => `vwr_${index}`);
  await Promise.all([report(many), report([...many].reverse()), report(many)]);
  expect(await seen(one.stream.id)).toHaveLength(2003);
});
