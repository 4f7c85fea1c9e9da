import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audienceKey } from "../../auth/audience-key.ts";
import { verifyPlaybackToken } from "../../auth/playback-token.ts";
import { recordings } from "../../db/schema/aftermath-tables.ts";
import { mediaCommands, mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { RecordingReport } from "../../protocol/internal-aftermath.ts";
import { call, callInternal, signIn } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeStream, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = (await signIn(api, await makeUser(api.deps.db, "admin"))).token;
});
afterAll(() => api.drop());

async function scene({ visibility = "public" as "public" | "private" } = {}) {
  const { db } = api.deps;
  const nodeId = newIdentifier("mediaNode");
  await db.insert(mediaNodes).values({ id: nodeId, hlsHost: "media.test", rtmpHost: "" });
  const sessionId = await makeSession(db, await makeEvent(db, { visibility }));
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
  return { nodeId, stream, recordingId, playbackId, report, path, get };
}

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

test("the recordings of a deleted stream go with it", async () => {
  const { stream, recordingId, report } = await scene();
  await report(1);
  await call(api, "DELETE", `/api/streams/${stream.id}`, 204, { token: admin });
  expect((await report(2)).deleted).toEqual([recordingId]);
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
  expect([failed.error, failed.playbackUrl]).toEqual(["the disk was full", null]);
  const attendee = (await signIn(api, await makeUser(api.deps.db))).token;
  expect((await get(200, attendee)).error).toBeNull();
  const [row] = await api.deps.db.select().from(recordings).where(eq(recordings.id, recordingId));
  expect(row?.status).toBe("failed");
});
