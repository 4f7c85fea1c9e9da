import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeAmf0 } from "../ingest/amf0.ts";
import { type FlvTag, readFlv, TestPublisher } from "../ingest/rtmp-publisher.test-support.ts";
import { childBoxes, findBox } from "../packager/box-framer.ts";
import { parseMovieFragment } from "../packager/movie-fragment.ts";
import { parseMovieHeader } from "../packager/movie-header.ts";
import { MediaBench, readPlaylist, smallLadder, until } from "./broadcast.test-support.ts";
import { Broadcast } from "./broadcast.ts";

let bench: MediaBench;
/** 320x180 at 15 frames a second, B-frames, keyframes every 2 s, AAC 48 kHz stereo. */
let usual: string;

const picture = (size: string, seconds: number) => [
  "-f",
  "lavfi",
  "-i",
  `testsrc2=s=${size}:r=15:d=${seconds}`,
];
const tone = (rate: number, seconds: number) => ["-f", "lavfi", "-i", `sine=440:r=${rate}:d=${seconds}`];
const avc = (frames: number) => [
  ..."-c:v libx264 -preset ultrafast -tune fastdecode -pix_fmt yuv420p -sc_threshold 0 -bf 2".split(" "),
  ...["-g", String(frames), "-keyint_min", String(frames)],
];
const aac = (rate: number, channels: number) => [
  "-c:a",
  "aac",
  "-ar",
  String(rate),
  "-ac",
  String(channels),
  "-b:a",
  "48k",
];

beforeAll(async () => {
  bench = await MediaBench.open();
  usual = await bench.makeFlv(
    "usual",
    ...picture("320x180", 60),
    ...tone(48_000, 60),
    ...avc(30),
    ...aac(48_000, 2),
  );
}, 60_000);
afterAll(async () => {
  await bench.close();
}, 30_000);

/** When the first picture and the first sound of a published segment are shown, in milliseconds of its run. */
async function firstTimes(segment: { uri: string; map: string }): Promise<Record<string, number>> {
  const file = (uri: string) => readFile(bench.file(uri));
  const tracks = parseMovieHeader(findBox(await file(segment.map), "moov")!);
  const times: Record<string, number> = {};
  for (const box of childBoxes(await file(segment.uri))) {
    if (box.type !== "moof") continue;
    for (const timing of parseMovieFragment(box.body, tracks)) times[timing.kind] ??= timing.startMs;
  }
  return times;
}

const segmentsOf = (broadcast: Broadcast, slot = "v0") =>
  readPlaylist(broadcast.mediaPlaylist(slot)).segments;
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
      const times = await Promise.all(lists.map((list) => firstTimes(list[index]!)));
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
    const { targetDuration, ended } = readPlaylist(broadcast.mediaPlaylist("v0"));
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
  }, 90_000);

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
  }, 90_000);

  it("stays open for a publisher who leaves and comes back", async () => {
    const settings = bench.settings("back");
    const broadcast = await bench.broadcast(settings);
    const first = bench.publish("back", usual, "-t", "3");
    await new Promise((resolve) => first.once("exit", resolve));
    broadcast.publisherGone();
    await until("the first part to its last frame", () => {
      const seconds = segmentsOf(broadcast).reduce((sum, segment) => sum + segment.seconds, 0);
      return seconds > 2.8 && seconds < 3.3;
    });
    expect(readPlaylist(broadcast.mediaPlaylist("v0")).ended).toBe(false);
    const known = segmentsOf(broadcast).length;
    await broadcast.attach();
    const second = bench.publish("back", usual);
    await hasSegments(broadcast, known + 2);
    second.kill("SIGKILL");
    expect(segmentsOf(broadcast)[known]).toMatchObject({ discontinuity: true, sequence: known });
    expect(settings.reports.some(({ receiving }) => !receiving)).toBe(true);
  }, 90_000);

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
  }, 90_000);

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
  }, 90_000);

  it("keeps only its window of segments on disk", async () => {
    const settings = bench.settings("window", { windowSeconds: 4, latencyMode: "low" });
    const path = await bench.makeFlv("fast", ...picture("320x180", 60), ...avc(15));
    const broadcast = await bench.broadcast(settings);
    const publisher = bench.publish("window", path);
    await until("segments to leave", () => segmentsOf(broadcast)[0]?.sequence === 8, 60);
    publisher.kill("SIGKILL");
    const exists = (sequence: number) =>
      readFile(bench.file(`/hls/${broadcast.segmentPrefix}/v0/${sequence}.m4s`)).then(
        () => true,
        () => false,
      );
    await until("the first segment's removal", async () => !(await exists(0)));
    expect(await exists(segmentsOf(broadcast)[0]!.sequence)).toBe(true);
    expect(readPlaylist(broadcast.mediaPlaylist("v0")).targetDuration).toBe(1);
  }, 90_000);
});

describe.concurrent("a source", () => {
  it("without sound gets silence", async () => {
    const path = await bench.makeFlv("mute", ...picture("320x180", 30), ...avc(30));
    const broadcast = await bench.broadcast(bench.settings("mute"));
    bench.publish("mute", path, "-t", "8");
    await hasSegments(broadcast, 2);
    await broadcast.end();
    const probe = await bench.probe(broadcast, "v1.m3u8");
    expect(probe.streams.find(({ codec_type }) => codec_type === "audio")).toMatchObject({
      codec_name: "aac",
      sample_rate: "48000",
      channels: 2,
    });
    const sound = probe.packets
      .filter(({ codec_type }) => codec_type === "audio")
      .map(({ pts_time }) => Number(pts_time));
    expect(sound.length).toBeGreaterThan(150);
    expect(await bench.decodeErrors(broadcast, "v0")).toBe("");
  }, 60_000);

  it("with mono sound at 44.1 kHz gets AAC 48 kHz stereo, in time with the picture", async () => {
    const path = await bench.makeFlv(
      "mono",
      ...picture("320x180", 30),
      ...tone(44_100, 30),
      ...avc(30),
      ...aac(44_100, 1),
    );
    const broadcast = await bench.broadcast(bench.settings("mono", { ladder: smallLadder.slice(0, 2) }));
    bench.publish("mono", path);
    await hasSegments(broadcast, 2);
    await broadcast.end();
    for (const slot of ["v0", "v1"]) {
      const { streams } = await bench.probe(broadcast, `${slot}.m3u8`);
      expect(streams.find(({ codec_type }) => codec_type === "audio")).toMatchObject({
        sample_rate: "48000",
        channels: 2,
      });
    }
    const times = await firstTimes(segmentsOf(broadcast)[1]!);
    expect(Math.abs(times.audio! - times.video!)).toBeLessThan(200);
  }, 60_000);

  it("with keyframes too far apart is encoded whole, with a warning for its encoder", async () => {
    const path = await bench.makeFlv(
      "rare",
      ...picture("320x180", 60),
      ...tone(48_000, 60),
      ...avc(125),
      ...aac(48_000, 2),
    );
    const settings = bench.settings("rare", { ladder: smallLadder.slice(0, 2) });
    const broadcast = await bench.broadcast(settings);
    bench.publish("rare", path);
    await hasSegments(broadcast, 6);
    const report = await until("the warning", () =>
      settings.reports.find(({ warnings }) => /every 8\.3 s/.test(warnings[0]?.detail ?? "")),
    );
    expect(report.warnings).toEqual([
      { code: "keyframes-too-far-apart", detail: "keyframes every 8.3 s: set 2 s in OBS" },
    ]);
    expect(report.renditions.some(({ copied }) => copied)).toBe(false);
    for (const { seconds } of segmentsOf(broadcast)) expect(Math.round(seconds)).toBeLessThanOrEqual(2);
    process.kill(broadcast.ffmpegPid!, "SIGKILL");
    const known = segmentsOf(broadcast).length;
    await hasSegments(broadcast, known + 2);
    const segments = segmentsOf(broadcast);
    for (const [index, segment] of segments.slice(1).entries())
      expect(
        Math.abs(segment.at - segments[index]!.at - segments[index]!.seconds * 1000),
        `from segment ${index}`,
      ).toBeLessThan(100);
    await broadcast.remove();
  }, 120_000);

  it("that changes its parameters midway goes on behind a discontinuity, and decodes", async () => {
    const other = await bench.makeFlv(
      "other",
      ...picture("240x136", 6),
      ...tone(48_000, 6),
      ...avc(30),
      ...aac(48_000, 2),
    );
    const first = readFlv(await readFile(usual)).filter(({ timestampMs }) => timestampMs < 5000);
    const later = readFlv(await readFile(other)).map(
      (tag): FlvTag => ({ ...tag, timestampMs: tag.timestampMs + 5000 }),
    );
    const settings = bench.settings("change");
    const broadcast = await bench.broadcast(settings);
    const publisher = await TestPublisher.publish(settings.rtmpUrl);
    await publisher.sendAll([...first, ...later], true);
    publisher.close();
    await until("both parts", () => {
      const seconds = segmentsOf(broadcast).reduce((sum, segment) => sum + segment.seconds, 0);
      return seconds > 10.5;
    });
    await broadcast.end();
    const segments = segmentsOf(broadcast);
    expect(segments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1);
    const changed = segments.find(({ discontinuity }) => discontinuity)!;
    // 240x136 is not larger than the slots of 180 lines: it is copied there, and made smaller for the others.
    expect(changed.uri).toContain("/v0/");
    for (const slot of ["v0", "v1", "v2"]) expect(await bench.decodeErrors(broadcast, slot)).toBe("");
  }, 60_000);

  it.each([
    ["as some encoders number it", 9, Buffer.from([0x1c, 0, 0, 0, 0, 1])],
    [
      "by Enhanced RTMP",
      18,
      encodeAmf0(["@setDataFrame", "onMetaData", { width: 640, videocodecid: 0x68766331 }]),
    ],
  ])("of H.265 %s is refused with a reason", async (name, typeId, body) => {
    const settings = bench.settings(name.replaceAll(" ", ""));
    await bench.broadcast(settings);
    const publisher = await TestPublisher.publish(settings.rtmpUrl);
    publisher.send(typeId, 0, body);
    publisher.send(8, 0, Buffer.from([0xaf, 0, 0x11, 0x90]));
    publisher.send(8, 1, Buffer.from([0xaf, 1, 0x21, 0]));
    await until("a refusal", () => settings.refusals.length > 0);
    publisher.close();
    expect(settings.refusals).toEqual([expect.stringMatching(/H\.265: set H\.264/)]);
  });

  it("of 2x2 pixels is refused with a reason", async () => {
    const path = await bench.makeFlv("tiny", ...picture("2x2", 5), ...avc(30));
    const settings = bench.settings("tiny");
    const broadcast = await bench.broadcast(settings);
    bench.publish("tiny", path);
    await until("a refusal", () => settings.refusals.length > 0);
    expect(settings.refusals[0]).toMatch(/2x2: at least 16x16/);
    expect(broadcast.masterPlaylist()).toBeNull();
  });
});
