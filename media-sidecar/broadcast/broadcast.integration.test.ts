import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { MediaBench, until } from "./broadcast.test-support.ts";
import { Broadcast } from "./broadcast.ts";
import {
  aac,
  avc,
  firstTimes,
  gop,
  lengthOf,
  listOf,
  picture,
  tone,
} from "./published-input.test-support.ts";

let bench: MediaBench;
/** 320x180 at 15 frames a second, B-frames, keyframes every 2 s, AAC 48 kHz stereo. */
let usual: string;

beforeAll(async () => {
  bench = await MediaBench.open();
  usual = await bench.makeFlv(
    "usual",
    ...picture("320x180", 15, 60),
    ...tone(48_000, 60),
    ...avc(...gop(30)),
    ...aac,
  );
}, 60_000);
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  await bench.close();
}, 30_000);

const segmentsOf = (broadcast: Broadcast, slot = "v0") => listOf(broadcast, slot).segments;
const hasSegments = (broadcast: Broadcast, count: number) =>
  until(`${count} segments`, () => segmentsOf(broadcast).length >= count);

// Concurrent: they mostly wait for media that arrives in real time.
describe.concurrent("a broadcast", () => {
  it("makes aligned segments in all rungs, which every reader accepts", async () => {
    const settings = bench.settings("aligned");
    const broadcast = await bench.broadcast(settings);
    const publisher = bench.publish("aligned", usual);
    await hasSegments(broadcast, 3);
    publisher.kill("SIGKILL");
    broadcast.publisherGone();
    await until("the publisher's end", () => settings.reports.at(-1)?.receiving === false);
    await broadcast.end();

    const lists = ["v0", "v1", "v2"].map((slot) => segmentsOf(broadcast, slot));
    for (const [index, segment] of lists[0]!.entries()) {
      const times = await Promise.all(lists.map((list) => firstTimes(bench, list[index]!)));
      const starts = times.map(({ video }) => video!);
      expect(Math.max(...starts) - Math.min(...starts), `segment ${index} at ${starts}`).toBeLessThan(
        1000 / 15 / 2,
      );
      expect(lists.map((list) => list[index]!.sequence)).toEqual(Array(3).fill(segment.sequence));
      // The last one may be a frame or two, and end before the next sound.
      if (index === lists[0]!.length - 1) continue;
      expect(Math.abs(times[0]!.audio! - times[0]!.video!), `sound of segment ${index}`).toBeLessThan(200);
    }
    expect(
      segmentsOf(broadcast)
        .slice(0, -1)
        .map(({ seconds }) => seconds),
    ).toEqual(Array(lists[0]!.length - 1).fill(2));
    const { targetDuration, ended } = listOf(broadcast, "v0");
    expect([targetDuration, ended]).toEqual([2, true]);

    const sizes: string[] = [];
    for (const slot of ["v0", "v1", "v2"]) {
      const probe = await bench.probe(broadcast, `${slot}.m3u8`);
      expect(probe.stderr).toBe("");
      const video = probe.streams.find(({ codec_type }) => codec_type === "video");
      sizes.push(`${video?.width}x${video?.height}`);
      expect(await bench.decodeErrors(broadcast, slot)).toBe("");
    }
    expect(sizes).toEqual(["320x180", "214x120", "160x90"]);
    expect((await bench.probe(broadcast, "master.m3u8")).stderr).toBe("");
    expect(broadcast.masterPlaylist()).toMatch(
      /RESOLUTION=320x180,FRAME-RATE=15.000,CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2"/,
    );
    expect(settings.reports.at(-1)).toMatchObject({
      playable: true,
      source: {
        width: 320,
        height: 180,
        frameRate: 15,
        audioSampleRateHz: 48_000,
        keyframeIntervalSeconds: 2,
      },
      renditions: [
        { name: "180p", copied: true },
        { name: "120p", copied: false },
        { name: "90p", copied: false },
      ],
      warnings: [],
    });
  }, 180_000);

  it("goes on behind a discontinuity when FFmpeg is killed, and loses nothing", async () => {
    const settings = bench.settings("killed");
    const broadcast = await bench.broadcast(settings);
    const publisher = bench.publish("killed", usual);
    await hasSegments(broadcast, 2);
    process.kill(broadcast.ffmpegPid!, "SIGKILL");
    const before = segmentsOf(broadcast).length;
    await hasSegments(broadcast, before + 2);
    publisher.kill("SIGKILL");
    const segments = segmentsOf(broadcast);
    const broken = segments.findIndex(({ discontinuity }) => discontinuity);
    expect(broken).toBeGreaterThan(0);
    expect(segments[broken]!.map).not.toBe(segments[broken - 1]!.map);
    for (const [index, segment] of segments.slice(1).entries())
      expect(segment.at - segments[index]!.at, `from segment ${index}`).toBe(segments[index]!.seconds * 1000);
    expect(await bench.decodeErrors(broadcast, "v1").catch(String)).toBe("");
  }, 180_000);

  it("stays open for a publisher who leaves and comes back", async () => {
    const settings = bench.settings("back");
    const broadcast = await bench.broadcast(settings);
    await bench.publishToEnd("back", usual, "-t", "3");
    broadcast.publisherGone();
    await until("the first part to its last frame", () => {
      const seconds = lengthOf(segmentsOf(broadcast));
      return seconds > 2.8 && seconds < 3.3;
    });
    expect(listOf(broadcast, "v0").ended).toBe(false);
    // Reports come twice a second at most: of one who is back sooner there is none in between.
    await until("the publisher's end", () => settings.reports.at(-1)?.receiving === false);
    const known = segmentsOf(broadcast).length;
    await broadcast.attach();
    const second = bench.publish("back", usual);
    await hasSegments(broadcast, known + 2);
    second.kill("SIGKILL");
    expect(segmentsOf(broadcast)[known]).toMatchObject({ discontinuity: true, sequence: known });
  }, 180_000);

  it("attaches again when nginx dies, and goes on with the publisher that comes then", async () => {
    const own = await MediaBench.open();
    try {
      const broadcast = await own.broadcast(own.settings("nginx"));
      own.publish("nginx", usual);
      await hasSegments(broadcast, 1);
      await own.killNginx();
      await own.startNginx();
      const known = segmentsOf(broadcast).length;
      await broadcast.attach();
      own.publish("nginx", usual);
      await hasSegments(broadcast, known + 2);
    } finally {
      await own.close();
    }
  }, 180_000);

  it("resumes from its journal with the same playlist", async () => {
    const settings = bench.settings("resumed");
    const first = await bench.broadcast(settings);
    const publisher = bench.publish("resumed", usual);
    await hasSegments(first, 2);
    await first.stop();
    const text = first.mediaPlaylist("v1");
    const second = await Broadcast.resume(settings);
    expect(second?.mediaPlaylist("v1")).toBe(text);
    expect(second?.segmentPrefix).toBe(first.segmentPrefix);
    bench.adopt(second!);
    const known = segmentsOf(second!).length;
    await second!.attach();
    await hasSegments(second!, known + 2);
    publisher.kill("SIGKILL");
    expect(segmentsOf(second!)[known]).toMatchObject({ discontinuity: true, sequence: known });
    expect(await Broadcast.resume(bench.settings("unknown"))).toBeNull();
    await second!.remove();
    expect(await Broadcast.resume(settings)).toBeNull();
  }, 180_000);

  it("keeps only its window of segments on disk", async () => {
    const settings = bench.settings("window", { windowSeconds: 4, latencyMode: "low" });
    const path = await bench.makeFlv("fast", ...picture("320x180", 15, 60), ...avc(...gop(15)));
    const broadcast = await bench.broadcast(settings);
    const publisher = bench.publish("window", path);
    await until("segments to leave", () => (segmentsOf(broadcast)[0]?.sequence ?? 0) >= 8, 60);
    publisher.kill("SIGKILL");
    await until("the publisher's end", () => settings.reports.at(-1)?.receiving === false);
    await broadcast.end();
    const exists = (sequence: number) =>
      readFile(bench.file(`/hls/${broadcast.segmentPrefix}/v0/${sequence}.m4s`)).then(
        () => true,
        () => false,
      );
    await until("the first segment's removal", async () => !(await exists(0)));
    expect(await exists(segmentsOf(broadcast)[0]!.sequence)).toBe(true);
    expect(listOf(broadcast, "v0").targetDuration).toBe(1);
  }, 180_000);
});

// By itself: the clock is put back for all.
it("knows the end of a publisher that falls silent, though the clock was put back", async () => {
  const settings = bench.settings("yesterday");
  const broadcast = await bench.broadcast(settings);
  const publisher = bench.publish("yesterday", usual);
  await until("media", () => settings.reports.at(-1)?.receiving);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3_600_000 });
  publisher.kill("SIGSTOP");
  broadcast.publisherGone();
  await until("the publisher's end", () => settings.reports.at(-1)?.receiving === false);
  publisher.kill("SIGKILL");
}, 60_000);
