import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SegmentAsPublished } from "../packager/segment-publisher.ts";
import { SegmentStore } from "../packager/segment-store.ts";
import { syntheticFragment, syntheticInit } from "./movie/synthetic-media.test-support.ts";
import { RecordingMedia, recordingDirectory } from "./recording-media.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-recording-media-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const slots = [
  { name: "720p", shortSide: 720, videoKbps: 3000 },
  { name: "360p", shortSide: 360, videoKbps: 700 },
];
const fragment = syntheticFragment(0, 3);
const media = Buffer.concat([fragment, syntheticFragment(3, 1)]);
const startedAt = Date.parse("2027-04-01T07:00:00Z");
const rendition = (slot: number) => ({
  slot,
  codecs: "avc1.640028,mp4a.40.2",
  width: 1280,
  height: 720,
  frameRate: 30,
  declaredBitsPerSecond: 0,
});

/** A packager's broadcast of its own, which publishes whatever segments are asked of it. */
async function packager(name: string) {
  const store = new SegmentStore(directory, `brd_${name}`);
  await store.prepare(2);
  const playbackId = `pb_${name}`;
  const publish = async (sequence: number, run = 0, more: Partial<SegmentAsPublished> = {}) => {
    for (const slot of [0, 1]) {
      await store.publishInit(slot, run, syntheticInit);
      await writeFile(store.segmentPath(slot, sequence), media);
    }
    return {
      slots,
      run: { run, renditions: [rendition(0), rendition(1)] },
      segment: {
        sequence,
        run,
        durationSeconds: 4,
        startsAt: startedAt + sequence * 4000,
        bytes: [media.length, media.length],
        discontinuity: false,
      },
      targetDuration: 4,
      store,
      again: false,
      ...more,
    } satisfies SegmentAsPublished;
  };
  const create = (renditions: "all" | "top" = "all") =>
    RecordingMedia.create(directory, playbackId, renditions);
  const restore = () => RecordingMedia.restore(directory, playbackId, "all");
  return { store, playbackId, publish, create, restore, files: recordingDirectory(directory, playbackId) };
}
const segmentsOf = (recording: RecordingMedia | null) =>
  (recording?.playlist("v0")?.toString() ?? "").match(/^v0\/\d+\.m4s/gm)?.map((path) => path.slice(3)) ?? [];

it("keeps segments that the packager has let go, without writing them again", async () => {
  const { store, publish, create, files } = await packager("kept");
  const recording = create();
  expect(recording.playlist("master")).toBeNull();
  for (const sequence of [7, 8]) await recording.keep(await publish(sequence));
  const original = await stat(store.segmentPath(0, 7));
  await store.removeAll();
  expect((await stat(join(files, "v0", "0.m4s"))).ino).toBe(original.ino);
  expect(await readFile(join(files, "v1", "1.m4s"))).toEqual(media);
  expect([recording.seconds, recording.bytes, recording.topBytes]).toEqual([
    8,
    4 * media.length,
    2 * media.length,
  ]);
});

it("is played from its beginning while it grows, and as a whole when it has ended", async () => {
  const { publish, create } = await packager("played");
  const recording = create();
  await recording.keep(await publish(5));
  const growing = recording.playlist("v1")!.toString();
  expect(growing).toContain("#EXT-X-PLAYLIST-TYPE:EVENT");
  expect(growing).not.toContain("#EXT-X-ENDLIST");
  expect(growing, "there is nothing before the first").not.toContain("#EXT-X-DISCONTINUITY\n");
  await recording.keep(await publish(6, 1));
  await recording.end();
  const whole = recording.playlist("v1")!.toString();
  expect(whole).toContain("#EXT-X-PLAYLIST-TYPE:VOD");
  expect(whole).toContain("#EXT-X-DISCONTINUITY\n#EXT-X-MAP");
  expect(whole).toMatch(/#EXT-X-ENDLIST\n$/);
  expect([recording.playlist("v2"), recording.playlist("../x")]).toEqual([null, null]);
});

it("keeps the best picture alone where that is asked", async () => {
  const { publish, create, files } = await packager("top");
  const recording = create("top");
  await recording.keep(await publish(0));
  expect(recording.playlist("v1")).toBeNull();
  await expect(stat(join(files, "v1", "0.m4s"))).rejects.toThrow();
});

it("marks where something is missing", async () => {
  const { publish, create } = await packager("gap");
  const recording = create();
  for (const sequence of [0, 1, 4]) await recording.keep(await publish(sequence));
  const lines = recording.playlist("v0")!.toString().split("\n");
  expect(lines.filter((line) => line === "#EXT-X-DISCONTINUITY")).toHaveLength(1);
  expect(recording.segments("best").map(({ discontinuity }) => discontinuity)).toEqual([false, false, true]);
});

it("comes back as it was, takes what was missed meanwhile, and goes on", async () => {
  const { publish, create, restore } = await packager("back");
  const former = create();
  for (const sequence of [0, 1]) await former.keep(await publish(sequence));
  const recording = (await restore())!;
  // The former sidecar had published a third one, and was killed before it was kept.
  for (const sequence of [0, 1, 2]) await recording.keep(await publish(sequence, 0, { again: true }));
  await recording.keep(await publish(3, 1));
  expect(segmentsOf(recording)).toEqual(["0.m4s", "1.m4s", "2.m4s", "3.m4s"]);
  expect(recording.segments("best").map(({ discontinuity }) => discontinuity)).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect(segmentsOf(await restore())).toHaveLength(4);
});

it("takes nothing of before it began, when a packager tells again what it has", async () => {
  const { publish, create, restore } = await packager("late");
  const former = create();
  await former.keep(await publish(3));
  const recording = (await restore())!;
  for (const sequence of [1, 2, 3]) await recording.keep(await publish(sequence, 0, { again: true }));
  expect(segmentsOf(recording)).toEqual(["0.m4s"]);
});

it("forgets a half-written last line, and is read whole again after it", async () => {
  const { publish, create, restore, files } = await packager("half");
  await create().keep(await publish(0));
  const journal = join(files, "journal.jsonl");
  await appendFile(journal, '{"kind":"segment","sequence":1,"ru');
  const recording = (await restore())!;
  await recording.keep(await publish(2, 1));
  expect(segmentsOf(await restore())).toEqual(["0.m4s", "1.m4s"]);
});

it("cuts what a power cut left half written back to what can be played, and drops what follows", async () => {
  const { publish, create, restore, files } = await packager("cut");
  const former = create();
  for (const sequence of [0, 1, 2]) await former.keep(await publish(sequence));
  await truncate(join(files, "v0", "1.m4s"), fragment.length + 30);
  const recording = (await restore())!;
  expect(segmentsOf(recording)).toEqual(["0.m4s", "1.m4s"]);
  expect((await stat(join(files, "v0", "1.m4s"))).size).toBe(fragment.length);
  expect(recording.seconds, "as long as what is left of it says").toBe(4 + 3);
});

it("is nothing where nothing of it can be played", async () => {
  const { publish, create, restore, files } = await packager("lost");
  await create().keep(await publish(0));
  await truncate(join(files, "v1", "0.m4s"), 10);
  expect(await restore()).toBeNull();
});

it("is its own beginning, wherever its journal was cut", async () => {
  const { publish, create, restore, files } = await packager("anywhere");
  const former = create();
  for (const [sequence, run] of [
    [0, 0],
    [1, 0],
    [2, 1],
  ] as const)
    await former.keep(await publish(sequence, run));
  const path = join(files, "journal.jsonl");
  const journal = await readFile(path);
  const lines = journal.toString().split("\n").slice(0, -1);
  const ends = lines.map((_, index) => lines.slice(0, index + 1).join("\n").length + 1);
  for (const cut of ends.flatMap((end) => [end - 30, end - 1, end, end + 1])) {
    await writeFile(path, journal.subarray(0, cut));
    const whole = lines.filter((line, index) => ends[index]! <= cut && line.includes('"kind":"segment"'));
    expect(segmentsOf(await restore()), `cut at ${cut}`).toEqual(whole.map((_, index) => `${index}.m4s`));
  }
});
