import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audienceKey } from "../../auth/audience-key.ts";
import { verifyPlaybackToken } from "../../auth/playback-token.ts";
import { recordings } from "../../db/schema/aftermath-tables.ts";
import { mediaCommands, mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { RecordingReport } from "../../protocol/internal-aftermath.ts";
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

async function scene({ visibility = "public" as "public" | "private" } = {}) {
  const { db } = api.deps;
  const nodeId = newIdentifier("mediaNode");
  await db.insert(mediaNodes).values({ id: nodeId, hlsHost: "media.test", rtmpHost: "" });
  const eventId = await makeEvent(db, { visibility });
  const sessionId = await makeSession(db, eventId);
  const stream = await makeStream(db, { sessionId, mediaNodeId: nodeId });
  const recordingId = newIdentifier("recording");
  const playbackId = newIdentifier("playback");
  const report = async (revision: number, more: Partial<RecordingReport> = {}, from = nodeId) =>
    (
      await callInternal(api, "PUT", "/internal/media/recordings", 200, {
        nodeId: from,
        reports: [
          {
            ...{
              recordingId,
              streamId: stream.id,
              broadcastId: newIdentifier("broadcast"),
              playbackId,
              revision,
            },
            ...{ status: "recording", startedAt: "2027-04-01T07:00:00.000Z", endedAt: null },
            ...{ durationSeconds: 12.5, sizeBytes: 1000, progress: null, files: [], poster: null },
            ...{ upload: null, error: null, ...more },
          },
        ],
      })
    ).body;
  const path = `/api/recordings/${recordingId}`;
  const get = async (status = 200, token = admin) => (await call(api, "GET", path, status, { token })).body;
  return { nodeId, eventId, stream, recordingId, playbackId, report, path, get };
}

async function otherNode(): Promise<string> {
  const id = newIdentifier("mediaNode");
  await api.deps.db.insert(mediaNodes).values({ id, hlsHost: "other.test", rtmpHost: "" });
  return id;
}
const ordersFor = (streamId: string) =>
  api.deps.db.select().from(mediaCommands).where(eq(mediaCommands.streamId, streamId));

const ready: Partial<RecordingReport> = {
  status: "ready",
  endedAt: "2027-04-01T08:00:00.000Z",
  durationSeconds: 3600,
  sizeBytes: 5000,
  files: [{ name: "recording.mp4", durationSeconds: 3600, sizeBytes: 5000, width: 1920, height: 1080 }],
  poster: "poster.jpg",
};

test("a recording is there as soon as it is reported, and grows, with addresses on its own node", async () => {
  const { stream, recordingId, playbackId, report, get } = await scene();
  expect(await report(1)).toEqual({
    deleted: [],
    access: [{ recordingId, visibility: "public", playbackGeneration: 0 }],
  });
  const growing = await get();
  expect(growing).toMatchObject({ status: "recording", durationSeconds: 12.5, downloadUrl: null, files: [] });
  expect(growing.title).toBe("Main stage");
  await report(2, ready);
  const made = await get();
  const base = `http://media\\.test/hls/${playbackId}/~[\\w.-]+/`;
  expect(made.playbackUrl).toMatch(new RegExp(`^${base}master\\.m3u8$`));
  expect(made.downloadUrl).toMatch(new RegExp(`^${base}recording\\.mp4\\?download$`));
  expect(made.posterUrl).toMatch(new RegExp(`^${base}poster\\.jpg$`));
  expect(made.files).toMatchObject([{ durationSeconds: 3600, sizeBytes: 5000, width: 1920, height: 1080 }]);
  const { body } = await call(api, "GET", `/api/streams/${stream.id}/recordings`, 200);
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual([recordingId]);
  const token = /~([^/]+)\//.exec(made.playbackUrl)![1]!;
  const key = await audienceKey(api.deps.environment.jwtSecret, "playback");
  expect(await verifyPlaybackToken(key, token, playbackId)).toMatchObject({ generation: 0 });
});

test("reports that were overtaken, and another node's, change nothing", async () => {
  const { report, get } = await scene();
  await report(5, ready);
  await report(4, { status: "recording" });
  const other = newIdentifier("mediaNode");
  await report(9, { status: "failed" }, other);
  expect((await get()).status).toBe("ready");
});

test("a node is told who may watch what it holds", async () => {
  const { stream, recordingId, report } = await scene({ visibility: "private" });
  await api.deps.db.update(streams).set({ playbackGeneration: 7 }).where(eq(streams.id, stream.id));
  expect((await report(1)).access).toEqual([{ recordingId, visibility: "private", playbackGeneration: 7 }]);
});

test("a deleted recording is gone at once, and its node is told until it is gone there, too", async () => {
  const { nodeId, stream, recordingId, report, get, path } = await scene();
  await report(1, ready);
  await call(api, "DELETE", path, 204, { token: admin });
  await get(404);
  await call(api, "DELETE", path, 404, { token: admin });
  const orders = await api.deps.db.select().from(mediaCommands).where(eq(mediaCommands.nodeId, nodeId));
  expect(orders).toMatchObject([{ kind: "delete-recording", recordingId, streamId: stream.id }]);
  expect(await report(2, ready)).toEqual({ deleted: [recordingId], access: [] });
  await get(404);
  const { body } = await call(api, "GET", `/api/streams/${stream.id}/recordings`, 200, { token: admin });
  expect(body.items).toEqual([]);
});

test("the recordings of a deleted stream go with it, on every node that has some", async () => {
  const { nodeId, stream, recordingId, report } = await scene();
  await report(1);
  const otherId = await otherNode();
  await report(1, { recordingId: "rec_elsewhere", playbackId: "pb_elsewhere" }, otherId);
  await call(api, "DELETE", `/api/streams/${stream.id}`, 204, { token: admin });
  const orders = await ordersFor(stream.id);
  expect(orders).toHaveLength(2);
  expect(orders).toContainEqual(expect.objectContaining({ kind: "delete-recording", nodeId, recordingId }));
  const elsewhere = { kind: "delete-recording", nodeId: otherId, recordingId: "rec_elsewhere" };
  expect(orders).toContainEqual(expect.objectContaining(elsewhere));
  expect((await report(2)).deleted).toEqual([recordingId]);
});

test("a recording that is deleted while it is uploaded stays deleted, whatever its node says of the copy", async () => {
  const { recordingId, report, get, path } = await scene();
  await report(1, { ...ready, upload: "waiting" });
  await report(2, { ...ready, upload: "uploading" });
  expect((await get()).upload).toBe("uploading");
  const [, late] = await Promise.all([
    call(api, "DELETE", path, 204, { token: admin }),
    report(3, { ...ready, upload: "done" }),
  ]);
  expect([[], [recordingId]]).toContainEqual(late.deleted);
  for (const upload of ["uploading", "failed", "done"] as const)
    expect((await report(4, { ...ready, upload })).deleted).toEqual([recordingId]);
  await get(404);
});

test("two who delete a recording at once delete it once", async () => {
  const { stream, report, path } = await scene();
  await report(1, ready);
  const answers = await Promise.all(
    [1, 2, 3].map(() =>
      api.publicApp.request(path, { method: "DELETE", headers: { authorization: `Bearer ${admin}` } }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
  expect(await ordersFor(stream.id)).toHaveLength(1);
});

test("who is banned gets no address of a recording any more, and those they have are revoked on its node", async () => {
  const { nodeId, eventId, stream, report, get, path } = await scene({ visibility: "private" });
  await report(1, ready);
  // The stream has moved on to another node since.
  const movedTo = await otherNode();
  await api.deps.db.update(streams).set({ mediaNodeId: movedTo }).where(eq(streams.id, stream.id));
  const userId = await makeUser(api.deps.db);
  await seat(api.deps.db, eventId, userId);
  const { token } = await signIn(api, userId);
  expect((await get(200, token)).playbackUrl).toContain("/~");
  await call(api, "POST", `/api/events/${eventId}/bans/${userId}`, 201, { token: admin });
  for (const one of [path, `/api/streams/${stream.id}/recordings`]) {
    const { status } = await api.publicApp.request(one, { headers: { authorization: `Bearer ${token}` } });
    expect([403, 404], one).toContain(status);
  }
  const orders = await ordersFor(stream.id);
  expect(orders.map((order) => [order.kind, order.nodeId, order.playbackGeneration]).sort()).toEqual(
    [
      ["revoke", movedTo, 1],
      ["revoke", nodeId, 1],
    ].sort(),
  );
  expect((await report(2, ready)).access).toMatchObject([{ visibility: "private", playbackGeneration: 1 }]);
});

test("a recording whose node is gone has no address", async () => {
  const { nodeId, report, get } = await scene();
  await report(1, ready);
  await api.deps.db.delete(mediaNodes).where(eq(mediaNodes.id, nodeId));
  expect((await get()).playbackUrl).toBeNull();
});

test("pictures along a recording have an address as soon as its node names them", async () => {
  const { report, get } = await scene();
  await report(1, ready);
  expect((await get()).thumbnailsUrl).toBeNull();
  await report(2, { ...ready, thumbnails: "thumbnails.vtt" });
  expect((await get()).thumbnailsUrl).toMatch(/^http:\/\/media\.test\/hls\/[^/]+\/~[^/]+\/thumbnails\.vtt$/);
});

test("what a node no longer keeps is gone for everyone, and no other node can say so", async () => {
  const { nodeId, recordingId, report, get } = await scene();
  await report(1, ready);
  const expire = (from: string) =>
    callInternal(api, "PUT", "/internal/media/recordings", 200, {
      nodeId: from,
      reports: [],
      expired: [recordingId],
    });
  await expire(newIdentifier("mediaNode"));
  await get();
  await expire(nodeId);
  await get(404);
});

test("only staff read what went wrong", async () => {
  const { recordingId, report, get } = await scene();
  await report(1, { ...ready, status: "failed", files: [], error: "the disk was full" });
  const failed = await get();
  expect([failed.error, failed.downloadUrl]).toEqual(["the disk was full", null]);
  // Only the file could not be made.
  expect(failed.playbackUrl).toMatch(/\/master\.m3u8$/);
  const attendee = await newToken(api);
  expect((await get(200, attendee)).error).toBeNull();
  const [row] = await api.deps.db.select().from(recordings).where(eq(recordings.id, recordingId));
  expect(row?.status).toBe("failed");
});
