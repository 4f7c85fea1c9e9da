import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { waitFor } from "../../testing/support/wait-for.ts";
import { makeRun, probeMovie } from "./movie/movie.test-support.ts";
import type { MovieSegment } from "./movie/write-movie.ts";
import type { Recording } from "./recording.ts";
import { makeFiles } from "./recording-files.ts";
import { makeRecordings, PretendBroadcast, startedAt } from "./recordings.test-support.ts";
import type { Recordings } from "./recordings.ts";
import { SteadyClock } from "./steady-clock.ts";

vi.setConfig({ testTimeout: 200_000 });
const run = promisify(execFile);
let directory: string;
let usual: MovieSegment[];
let other: MovieSegment[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-finishing-"));
  usual = await makeRun(directory, "usual", { seconds: 4 });
  other = await makeRun(directory, "other", { seconds: 3, size: "160x120" });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** For each test. */
const mediaDirectory = () => mkdtemp(join(directory, "media-"));
const find = (recordings: Recordings, { recordingId }: PretendBroadcast): Recording =>
  recordings.all.find(({ id }) => id === recordingId)!;
const settled = (recording: Recording, status: string) =>
  waitFor(
    `it is ${status}`,
    () => {
      if (recording.record.status !== status) throw new Error(JSON.stringify(recording.record));
      return recording.record;
    },
    // Its pictures are made by FFmpegs that stand back behind everybody else.
    { timeoutSeconds: 90 },
  );
const filesOf = (recording: Recording) => readdir(recording.media.directory);

it("makes a file for each stretch of the same parameters, and keeps all of it in one replay", async () => {
  const media = await mediaDirectory();
  const recordings = makeRecordings(media);
  const broadcast = new PretendBroadcast(media, "changing");
  for (const run of [usual, other, other, usual]) await broadcast.record(recordings, run);
  await recordings.end(broadcast.broadcastId);
  const recording = find(recordings, broadcast);
  const { files } = await settled(recording, "ready");
  expect(files.map(({ name, width, height }) => [name, width, height])).toEqual([
    ["recording.mp4", 320, 180],
    ["recording-2.mp4", 160, 120],
    ["recording-3.mp4", 320, 180],
  ]);
  for (const [index, expected] of [4, 6, 4].entries()) {
    const { seconds, errors } = await probeMovie(join(recording.media.directory, files[index]!.name));
    expect(errors).toBe("");
    expect(Math.abs(seconds - expected)).toBeLessThan(0.1);
    expect(Math.abs(files[index]!.durationSeconds - seconds)).toBeLessThan(0.05);
  }
  const shares: number[] = [];
  const signal = new AbortController().signal;
  await makeFiles(recording.media, { signal, leastFreeBytes: 0, onProgress: (share) => shares.push(share) });
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares[0]).toBeLessThan(0.5);
  expect(shares.at(-1), "all but the boxes around the media").toBeGreaterThan(0.9);
  expect(shares.at(-1)).toBeLessThanOrEqual(1);
  const playlist = recording.media.playlist("v0")!.toString();
  expect(playlist.match(/#EXTINF/g)).toHaveLength(14);
  expect(playlist.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(3);
  await recordings.stop();
});

it("makes the files once though it is asked twice, and of two that end together one after the other", async () => {
  const media = await mediaDirectory();
  const recordings = makeRecordings(media);
  const [first, second] = [new PretendBroadcast(media, "one"), new PretendBroadcast(media, "two")];
  await first.record(recordings, usual);
  await second.record(recordings, other);
  await Promise.all([first, second, first].map(({ broadcastId }) => recordings.end(broadcastId)));
  await recordings.settle(new Set());
  await settled(find(recordings, second), "ready");
  const recording = find(recordings, first);
  await settled(recording, "ready");
  const path = join(recording.media.directory, "recording.mp4");
  const { ino } = await stat(path);
  await recordings.end(first.broadcastId);
  await recordings.settle(new Set());
  await recordings.stop();
  expect((await stat(path)).ino, "the file is the first one").toBe(ino);
  expect((await filesOf(recording)).filter((name) => name.includes("making"))).toEqual([]);
});

it("leaves nothing of a recording that is deleted while its files are made", async () => {
  const media = await mediaDirectory();
  const recordings = makeRecordings(media);
  const broadcast = new PretendBroadcast(media, "deleted");
  await broadcast.record(recordings, usual);
  const recording = find(recordings, broadcast);
  await recordings.end(broadcast.broadcastId);
  // Somewhere in between, once the first of its files is being written.
  await waitFor(
    "something is made",
    async () => (await filesOf(recording)).some((name) => /making|poster/.test(name)),
    {
      everyMilliseconds: 1,
    },
  );
  await recordings.delete(recording.id);
  expect(recordings.all).toEqual([]);
  await recordings.stop();
  await expect(stat(recording.media.directory)).rejects.toThrow("ENOENT");
});

it("keeps the replay where no file can be made of it, and tries again at the next start", async () => {
  const media = await mediaDirectory();
  const recordings = makeRecordings(media);
  const broadcast = new PretendBroadcast(media, "broken");
  await broadcast.record(recordings, usual);
  const recording = find(recordings, broadcast);
  const init = join(recording.media.directory, "v0", "init-0.mp4");
  const whole = await readFile(init);
  await truncate(init, 20);
  await recordings.end(broadcast.broadcastId);
  const { error } = await settled(recording, "failed");
  expect(error).toMatch(/replay is not affected/);
  expect(recording.media.playlist("v0")!.toString()).toContain("#EXT-X-ENDLIST");
  await recordings.stop();

  await writeFile(init, whole);
  const next = makeRecordings(media);
  await next.restore();
  await next.settle(new Set());
  expect((await settled(find(next, broadcast), "ready")).error).toBeNull();
  await next.stop();
});

it("waits with the files for room that live streams do not need", async () => {
  const media = await mediaDirectory();
  const recordings = makeRecordings(media, { leastFreeBytes: Number.MAX_SAFE_INTEGER });
  const broadcast = new PretendBroadcast(media, "crowded");
  await broadcast.record(recordings, usual);
  await recordings.end(broadcast.broadcastId);
  const recording = find(recordings, broadcast);
  await waitFor("it says so", () => recording.record.error?.includes("no room"));
  expect(recording.record.status).toBe("processing");
  const made = (await filesOf(recording)).filter((name) => /\.(mp4|jpg|vtt|making)$/.test(name));
  expect(made, "nor is a picture made with every attempt").toEqual([]);
  await recordings.stop();
});

it("does not end before it began when the clock is put back, nor grow old when it jumps ahead", async () => {
  const media = await mediaDirectory();
  const time = { wall: startedAt - 50 * 24 * 3600_000, steady: 0 };
  const clock = new SteadyClock(
    () => time.wall,
    () => time.steady,
  );
  const recordings = makeRecordings(media, { clock, retention: { keepDays: 30, mostBytes: null } });
  const broadcast = new PretendBroadcast(media, "jumpy");
  await broadcast.record(recordings, usual, startedAt);
  await broadcast.record(recordings, usual, startedAt - 3600_000);
  await recordings.end(broadcast.broadcastId);
  const recording = find(recordings, broadcast);
  const { endedAt } = await settled(recording, "ready");
  expect(Date.parse(endedAt!)).toBe(startedAt + 8000);
  time.wall = startedAt + 400 * 24 * 3600_000;
  await recordings.removeOutdated();
  expect(recordings.all).toEqual([recording]);
  time.steady += 25 * 3600_000;
  time.wall += 25 * 3600_000;
  await recordings.removeOutdated();
  expect(recordings.all).toEqual([]);
  await recordings.stop();
});

it("lets the oldest files go until the rest is small enough, and tells which", async () => {
  const media = await mediaDirectory();
  const recordings = makeRecordings(media, { retention: { keepDays: null, mostBytes: 1 } });
  const broadcasts = ["old", "new", "growing"].map((name) => new PretendBroadcast(media, name));
  for (const [index, broadcast] of broadcasts.entries()) {
    await broadcast.record(recordings, usual, startedAt + index * 3600_000);
    if (broadcast !== broadcasts[2]) await recordings.end(broadcast.broadcastId);
  }
  const [old, newer, growing] = broadcasts.map((broadcast) => find(recordings, broadcast));
  await settled(old!, "ready");
  await settled(newer!, "ready");
  await old!.change({ endedAt: "2027-01-01T00:00:00.000Z" });
  const kept = makeRecordings(media, {
    retention: { keepDays: null, mostBytes: newer!.bytes + growing!.bytes },
  });
  await kept.restore();
  await kept.removeOutdated();
  expect(kept.all.map(({ id }) => id)).not.toContain(old!.id);
  expect(kept.expired).toEqual([old!.id]);
  await expect(stat(old!.media.directory)).rejects.toThrow("ENOENT");
  await recordings.removeOutdated();
  expect(recordings.all, "never one that is being recorded").toEqual([growing]);
  await Promise.all([recordings.stop(), kept.stop()]);
});

it("has pictures along it of what is shown then", async () => {
  const media = await mediaDirectory();
  const recordings = makeRecordings(media);
  const broadcast = new PretendBroadcast(media, "pictured");
  for (let run = 0; run < 3; run++) await broadcast.record(recordings, usual);
  await broadcast.record(recordings, other);
  await recordings.end(broadcast.broadcastId);
  const recording = find(recordings, broadcast);
  expect((await settled(recording, "ready")).thumbnails).toBe("thumbnails.vtt");
  const vtt = await readFile(join(recording.media.directory, "thumbnails.vtt"), "utf8");
  expect(vtt.match(/thumbnails-\d\.jpg#xywh=\d+,0,160,90/g)).toEqual([
    "thumbnails-1.jpg#xywh=0,0,160,90",
    "thumbnails-1.jpg#xywh=160,0,160,90",
  ]);
  const sheet = join(recording.media.directory, "thumbnails-1.jpg");
  const likeness = await Promise.all(usual.map((shown) => likenessOf(sheet, shown)));
  expect(likeness.indexOf(Math.max(...likeness)), `at ten seconds, of ${likeness} dB`).toBe(2);
  await recordings.stop();
});

/** Peak signal-to-noise ratio of the sheet's second picture and a segment's first, in decibels. */
async function likenessOf(sheet: string, { path, initPath }: MovieSegment): Promise<number> {
  const shown = `${path}.whole.mp4`;
  await writeFile(shown, Buffer.concat([await readFile(initPath), await readFile(path)]));
  const graph =
    "[0]crop=160:90:160:0,format=yuv420p[a];[1]select=eq(n\\,0),scale=160:90,format=yuv420p[b];[a][b]psnr";
  const { stderr } = await run("ffmpeg", [
    ...["-i", sheet, "-i", shown, "-filter_complex", graph, "-frames:v", "1", "-f", "null", "-"],
  ]);
  return Number(/PSNR.* average:([\d.]+)/.exec(stderr)?.[1]);
}
