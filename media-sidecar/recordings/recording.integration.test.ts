import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { syntheticFragment, syntheticInit } from "./movie/synthetic-media.test-support.ts";
import { Recording } from "./recording.ts";
import { RecordingMedia, recordingDirectory } from "./recording-media.ts";
import { type RecordingRecord, readRecord } from "./recording-record.ts";
import { PretendBroadcast, startedAt } from "./recordings.test-support.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-recording-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function recorded(): Promise<Recording> {
  const [path, initPath] = [join(directory, "a.m4s"), join(directory, "a.mp4")];
  await writeFile(path, syntheticFragment(0, 1));
  await writeFile(initPath, syntheticInit);
  const broadcast = new PretendBroadcast(directory, "a");
  const media = RecordingMedia.create(directory, "pb_recorded", "all");
  for (const published of await broadcast.publish([{ path, initPath, discontinuity: false }]))
    await media.keep(published);
  const record: RecordingRecord = {
    ...{ recordingId: "rec_a", streamId: "str_a", broadcastId: "brd_a", playbackId: "pb_recorded" },
    ...{ status: "recording", endedAt: null, files: [], poster: null, thumbnails: null, upload: null },
    ...{ error: null, revision: 0, visibility: "public", playbackGeneration: 0 },
  };
  return new Recording(media, record);
}

it("tells rising revisions over a restart, though few of them are written down", async () => {
  const recording = await recorded();
  const told: number[] = [];
  for (let report = 0; report < 3; report++) told.push((await recording.report())!.revision);
  const record = (await readRecord(recordingDirectory(directory, "pb_recorded")))!;
  const next = new Recording(recording.media, record);
  for (let report = 0; report < 3; report++) told.push((await next.report())!.revision);
  expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
  expect(told.at(-1)).toBeGreaterThan(3);
});

it("is news until it is told, and again when nobody heard it", async () => {
  const recording = await recorded();
  expect(recording.isNews).toBe(true);
  const report = (await recording.report())!;
  expect(report).toMatchObject({ durationSeconds: 1, startedAt: new Date(startedAt).toISOString() });
  expect(recording.isNews).toBe(false);
  recording.unheard();
  expect(recording.isNews).toBe(true);
});

it("does not take an older order for a newer one", async () => {
  const recording = await recorded();
  await recording.admit({ visibility: "private", playbackGeneration: 3 });
  await recording.admit({ visibility: "private", playbackGeneration: 2 });
  expect(recording.access).toMatchObject({ visibility: "private", playbackGeneration: 3 });
});
