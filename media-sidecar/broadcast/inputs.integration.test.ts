/** Whatever encoders send, through a real nginx-rtmp: what comes out is checked as players would meet it. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFlv, TestPublisher } from "../ingest/rtmp-publisher.test-support.ts";
import { type ListedSegment, MediaBench, readPlaylist, until } from "./broadcast.test-support.ts";
import type { Broadcast } from "./broadcast.ts";
import type { BroadcastReport } from "./broadcast-settings.ts";

const run = promisify(execFile);
let bench: MediaBench;
beforeAll(async () => {
  bench = await MediaBench.open();
}, 60_000);
afterAll(() => bench.close(), 60_000);

const twoRungs = [
  { shortSide: 180, videoKbps: 300 },
  { shortSide: 90, videoKbps: 100 },
];
const seconds = 9;
const picture = (size = "320x180", rate = 15) => [
  ...["-f", "lavfi", "-i", `testsrc2=s=${size}:r=${rate}:d=${seconds}`],
];
const tone = (rate = 48_000) => ["-f", "lavfi", "-i", `sine=440:r=${rate}:d=${seconds}`];
const avc = (...more: string[]) => [
  ..."-c:v libx264 -preset ultrafast -pix_fmt yuv420p -sc_threshold 0 -bf 0".split(" "),
  ...more,
];
const everyTwoSeconds = ["-force_key_frames", "expr:gte(t,n_forced*2)", "-g", "1000"];
const aac = "-c:a aac -ar 48000 -ac 2 -b:a 64k".split(" ");

const listOf = (broadcast: Broadcast, slot: string) => readPlaylist(broadcast.mediaPlaylist(slot));
const lengthOf = (segments: readonly ListedSegment[]) =>
  segments.reduce((sum, segment) => sum + segment.seconds, 0);

interface Outcome {
  broadcast: Broadcast;
  reports: BroadcastReport[];
  segments: ListedSegment[];
  /** Of the top rung. */
  length: number;
  /** Names of the media playlists in the master. */
  slots: string[];
}

/** Publishes a file to its end with FFmpeg, and waits until all of it is published. */
async function publishFile(name: string, path: string): Promise<Outcome> {
  const settings = bench.settings(name, { ladder: twoRungs });
  const broadcast = await bench.broadcast(settings);
  const publisher = bench.publish(name, path);
  await new Promise((resolve) => publisher.once("exit", resolve));
  broadcast.publisherGone();
  return outcome(broadcast, settings.reports);
}

async function outcome(broadcast: Broadcast, reports: BroadcastReport[]): Promise<Outcome> {
  await until("the publisher's end", () => reports.at(-1)?.receiving === false);
  await broadcast.end();
  const slots = (broadcast.masterPlaylist() ?? "").match(/^v\d+/gm) ?? [];
  const { segments } = listOf(broadcast, slots[0]!);
  return { broadcast, reports, segments, slots, length: lengthOf(segments) };
}

/** What holds of every output: aligned rungs, honest durations, dates that rise, and nothing a decoder complains of. */
async function expectSound({ broadcast, slots, segments }: Outcome): Promise<void> {
  expect(segments.length).toBeGreaterThan(2);
  for (const slot of slots) {
    const playlist = listOf(broadcast, slot);
    expect(playlist.ended).toBe(true);
    expect(playlist.segments.map(({ sequence, seconds, at }) => [sequence, seconds, at])).toEqual(
      segments.map(({ sequence, seconds, at }) => [sequence, seconds, at]),
    );
    for (const segment of playlist.segments) {
      expect(Math.round(segment.seconds), `${slot} ${segment.uri}`).toBeLessThanOrEqual(
        playlist.targetDuration,
      );
    }
    expect(await bench.decodeErrors(broadcast, slot)).toBe("");
  }
  for (const [index, next] of segments.slice(1).entries()) {
    const before = segments[index]!;
    const gap = next.at - before.at - before.seconds * 1000;
    if (next.discontinuity) expect(next.at, `segment ${next.sequence}`).toBeGreaterThan(before.at);
    else expect(Math.abs(gap), `before segment ${next.sequence}`).toBeLessThan(5);
  }
}

async function streamsOf({ broadcast }: Outcome, slot: string) {
  const { streams } = await bench.probe(broadcast, `${slot}.m3u8`);
  const of = (type: string) => streams.find(({ codec_type }) => codec_type === type);
  return { video: of("video"), audio: of("audio") };
}
/** A segment's pictures as a decoder shows them, in steps of 5 ms since its first. */
async function framesOf({ map, uri }: ListedSegment): Promise<{ at: number; type: string }[]> {
  const path = join(bench.directory, `${uri.replaceAll("/", "-")}.mp4`);
  await writeFile(
    path,
    Buffer.concat(await Promise.all([map, uri].map((each) => readFile(bench.file(each))))),
  );
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-select_streams", "v", "-show_entries", "frame=pts,pict_type"],
    ...["-of", "json", "-show_streams", path],
  ]);
  const { frames, streams } = JSON.parse(stdout) as {
    frames: { pts: number; pict_type: string }[];
    streams: { time_base: string }[];
  };
  const [, unitsPerSecond] = streams[0]!.time_base.split("/").map(Number);
  const first = frames[0]!.pts;
  return frames.map(({ pts, pict_type }) => ({
    at: Math.round(((pts - first) * 1000) / unitsPerSecond! / 5),
    type: pict_type,
  }));
}

const stereo = { codec_name: "aac", sample_rate: "48000", channels: 2 };
const discontinuities = ({ segments }: Outcome) =>
  segments.filter(({ discontinuity }) => discontinuity).length;

describe.concurrent("a source of", () => {
  it("sound alone has a black picture that costs next to nothing, and a real one when it comes later", async () => {
    const radio = await bench.makeFlv("radio-in", ...tone(44_100), ..."-c:a aac -ac 1 -b:a 48k".split(" "));
    const film = await bench.makeFlv("film", ...picture(), ...tone(), ...avc(...everyTwoSeconds), ...aac);
    const settings = bench.settings("radio-film", { ladder: twoRungs });
    const broadcast = await bench.broadcast(settings);
    const first = bench.publish("radio-film", radio);
    await new Promise((resolve) => first.once("exit", resolve));
    broadcast.publisherGone();
    await until("the first one's end", () => settings.reports.at(-1)?.receiving === false);
    const alone = settings.reports.findLast(({ renditions }) => renditions.length > 0);
    expect(alone).toMatchObject({
      source: { videoCodec: null, width: null, audioChannels: 1 },
      renditions: [{ name: "90p", copied: false }],
      warnings: [],
    });
    const master = broadcast.masterPlaylist()!;
    expect(master.match(/^v\d+\.m3u8$/gm)).toEqual(["v0.m3u8", "v1.m3u8"]);
    const bytes = (await readFile(bench.file(listOf(broadcast, "v0").segments[1]!.uri))).length;
    // Two seconds: sound at 128 kbit/s, and all the rest.
    expect(bytes).toBeLessThan(32_000 + 6_000);

    await broadcast.attach();
    const second = bench.publish("radio-film", film);
    await new Promise((resolve) => second.once("exit", resolve));
    broadcast.publisherGone();
    const whole = await outcome(broadcast, settings.reports);
    await expectSound(whole);
    expect(discontinuities(whole)).toBe(1);
    expect(whole.slots).toEqual(["v0", "v1"]);
    expect(whole.length).toBeCloseTo(2 * seconds, 0);
    const last = listOf(broadcast, "v0").segments.at(-1)!;
    expect(last.uri).toContain("/v0/");
    const path = join(bench.directory, "gained.mp4");
    await writeFile(
      path,
      Buffer.concat(await Promise.all([last.map, last.uri].map((uri) => readFile(bench.file(uri))))),
    );
    const { stdout } = await run("ffprobe", [
      ...["-v", "error", "-show_entries", "stream=width,height,channels", "-of", "csv=p=0", path],
    ]);
    expect(stdout.trim().split("\n")).toEqual(["320,180", "2"]);
  }, 90_000);

  it("a picture alone gets silence", async () => {
    const path = await bench.makeFlv("mute-in", ...picture(), ...avc(...everyTwoSeconds));
    const made = await publishFile("mute-in", path);
    await expectSound(made);
    expect((await streamsOf(made, "v1")).audio).toMatchObject(stereo);
    expect(made.length).toBeCloseTo(seconds, 0);
  }, 60_000);

  it("mono at 22 kHz becomes stereo at 48 kHz", async () => {
    const mono = "-c:a aac -ar 22050 -ac 1 -b:a 32k".split(" ");
    const path = await bench.makeFlv(
      "mono-in",
      ...picture(),
      ...tone(22_050),
      ...avc(...everyTwoSeconds),
      ...mono,
    );
    const made = await publishFile("mono-in", path);
    await expectSound(made);
    for (const slot of made.slots) expect((await streamsOf(made, slot)).audio).toMatchObject(stereo);
    expect(made.reports.some(({ source }) => source?.audioChannels === 1)).toBe(true);
  }, 60_000);

  it("5.1 is mixed down: who speaks in the centre is heard", async () => {
    const centre = ["-filter_complex", "[1:a]pan=5.1|FC=c0[a]", "-map", "0:v", "-map", "[a]"];
    const surround = "-c:a aac -ar 48000 -b:a 192k".split(" ");
    const path = await bench.makeFlv(
      "surround",
      ...picture(),
      ...tone(),
      ...centre,
      ...avc(...everyTwoSeconds),
      ...surround,
    );
    const made = await publishFile("surround", path);
    await expectSound(made);
    expect((await streamsOf(made, "v0")).audio).toMatchObject(stereo);
    expect(made.reports.some(({ source }) => source?.audioChannels === 6)).toBe(true);
    const [segment] = made.segments;
    const file = join(bench.directory, "centre.mp4");
    await writeFile(
      file,
      Buffer.concat(await Promise.all([segment!.map, segment!.uri].map((uri) => readFile(bench.file(uri))))),
    );
    const { stderr } = await run("ffmpeg", ["-i", file, "-vn", "-af", "volumedetect", "-f", "null", "-"]);
    expect(Number(/mean_volume: (-?[\d.]+) dB/.exec(stderr)?.[1])).toBeGreaterThan(-40);
  }, 60_000);

  it("odd sizes is encoded in even ones", async () => {
    // Only without subsampled colour can a size be odd.
    const full = avc(...everyTwoSeconds).map((word) => (word === "yuv420p" ? "yuv444p" : word));
    const odd = ["-vf", "scale=321:181", ...full];
    const path = await bench.makeFlv("odd", ...picture(), ...tone(), ...odd, ...aac);
    const made = await publishFile("odd", path);
    await expectSound(made);
    expect(made.reports.some(({ source }) => source?.width === 321 && source.height === 181)).toBe(true);
    const { video } = await streamsOf(made, "v0");
    expect([video!.width! % 2, video!.height! % 2, video?.codec_name]).toEqual([0, 0, "h264"]);
  }, 60_000);

  it("an upright picture stays upright; a rotation that only a file can say is lost on the way, and nothing else", async () => {
    const upright = await bench.makeFlv(
      "upright",
      ...picture("180x320"),
      ...tone(),
      ...avc(...everyTwoSeconds),
      ...aac,
    );
    const made = await publishFile("upright", upright);
    await expectSound(made);
    expect((await streamsOf(made, "v0")).video).toMatchObject({ width: 180, height: 320 });

    const flat = await bench.makeFlv("flat", ...picture(), ...tone(), ...avc(...everyTwoSeconds), ...aac);
    const rotated = join(bench.directory, "rotated.mp4");
    await run("ffmpeg", [
      "-v",
      "error",
      "-y",
      "-i",
      flat,
      "-c",
      "copy",
      "-metadata:s:v:0",
      "rotate=90",
      rotated,
    ]);
    const { stdout } = await run("ffprobe", ["-v", "error", "-show_streams", rotated]);
    expect(stdout).toMatch(/rotation=-?90/);
    const turned = await publishFile("turned", rotated);
    await expectSound(turned);
    // FLV and RTMP have no display matrix: an encoder has to turn the picture itself.
    expect((await streamsOf(turned, "v0")).video).toMatchObject({ width: 320, height: 180 });
  }, 90_000);

  it("a variable frame rate keeps its times in every rung", async () => {
    const uneven = ["-vf", "select='if(lt(mod(t,4),2),not(mod(n,5)),1)'", "-fps_mode", "vfr"];
    const path = await bench.makeFlv(
      "uneven",
      ...picture("320x180", 30),
      ...tone(),
      ...uneven,
      ...avc(...everyTwoSeconds),
      ...aac,
    );
    const made = await publishFile("uneven", path);
    await expectSound(made);
    expect(made.length).toBeCloseTo(seconds, 0);
    expect(discontinuities(made)).toBe(0);
    const frames = async (slot: string) =>
      Promise.all(
        listOf(made.broadcast, slot).segments.map(async (segment) => (await framesOf(segment)).length),
      );
    const copied = await frames("v0");
    expect(await frames("v1")).toEqual(copied);
    expect(new Set(copied).size, String(copied)).toBeGreaterThan(1);
  }, 60_000);

  it("60 frames a second has 60 in every rung", async () => {
    const path = await bench.makeFlv(
      "fast-in",
      ...picture("320x180", 60),
      ...tone(),
      ...avc(...everyTwoSeconds),
      ...aac,
    );
    const made = await publishFile("fast-in", path);
    await expectSound(made);
    expect(made.broadcast.masterPlaylist()!.match(/FRAME-RATE=[\d.]+/g)).toEqual([
      "FRAME-RATE=60.000",
      "FRAME-RATE=60.000",
    ]);
    for (const slot of made.slots) {
      const { packets } = await bench.probe(made.broadcast, `${slot}.m3u8`);
      const count = packets.filter(({ codec_type }) => codec_type === "video").length;
      expect(count / made.length, slot).toBeCloseTo(60, 0);
    }
  }, 60_000);

  it("keyframes 8 s apart is encoded whole, with advice", async () => {
    const path = await bench.makeFlv(
      "rare-in",
      ...picture(),
      ...tone(),
      ...avc("-g", "120", "-keyint_min", "120"),
      ...aac,
    );
    const made = await publishFile("rare-in", path);
    await expectSound(made);
    expect(made.reports.at(-1)!.renditions.map(({ copied }) => copied)).toEqual([false, false]);
    expect(
      made.reports.some(({ warnings }) => warnings.some(({ code }) => code === "keyframes-too-far-apart")),
    ).toBe(true);
    expect(made.length).toBeCloseTo(seconds, 0);
  }, 60_000);

  it("B-frames is copied as it is, in step with the rungs that are encoded", async () => {
    const pyramid = avc(...everyTwoSeconds).map((word, index, words) =>
      words[index - 1] === "-bf" ? "3" : word,
    );
    const path = await bench.makeFlv(
      "pyramid",
      ...picture("320x180", 30),
      ...tone(),
      ...pyramid,
      "-b_strategy",
      "0",
      ...aac,
    );
    const { stdout } = await run("ffprobe", [
      "-v",
      "error",
      "-show_entries",
      "stream=has_b_frames",
      "-of",
      "csv=p=0",
      path,
    ]);
    expect(Number.parseInt(stdout, 10)).toBeGreaterThan(0);
    const made = await publishFile("pyramid", path);
    await expectSound(made);
    expect(made.reports.at(-1)!.renditions.map(({ copied }) => copied)).toEqual([true, false]);
    const lists = made.slots.map((slot) => listOf(made.broadcast, slot).segments);
    for (const index of lists[0]!.keys()) {
      const [copied, encoded] = await Promise.all(lists.map((list) => framesOf(list[index]!)));
      expect(copied!.map(({ type }) => type).join("")).toContain("B");
      expect(encoded!.map(({ at }) => at)).toEqual(copied!.map(({ at }) => at));
    }
  }, 60_000);
});

describe.concurrent("an encoder whose clock", () => {
  const half = (seconds * 1000) / 2;
  it.each([
    [
      "wraps at 32 bits goes on as if nothing had happened",
      (at: number) => (at + 2 ** 32 - half) % 2 ** 32,
      0,
    ],
    [
      "wraps at 31 bits, as FFmpeg's does, goes on behind a discontinuity",
      (at: number) => (at + 2 ** 31 - half) % 2 ** 31,
      1,
    ],
    [
      "jumps an hour ahead goes on behind a discontinuity",
      (at: number) => (at < half ? at : at + 3_600_000),
      1,
    ],
    [
      "jumps back to zero goes on behind a discontinuity",
      (at: number) => (at < half ? at + 50_000 : at - half),
      1,
    ],
    [
      "stutters back by half a second goes on as if nothing had happened",
      (at: number) => (at < half ? at : at - 500),
      0,
    ],
  ])(
    "%s",
    async (name, clock, breaks) => {
      const path = await bench.makeFlv(
        name.replaceAll(/\W/g, ""),
        ...picture(),
        ...tone(),
        ...avc(...everyTwoSeconds),
        ...aac,
      );
      const settings = bench.settings(name.replaceAll(/\W/g, ""), { ladder: twoRungs });
      const broadcast = await bench.broadcast(settings);
      const publisher = await TestPublisher.publish(settings.rtmpUrl);
      await publisher.sendAll(readFlv(await readFile(path)), true, clock);
      publisher.close();
      broadcast.publisherGone();
      const made = await outcome(broadcast, settings.reports);
      await expectSound(made);
      expect(discontinuities(made)).toBe(breaks);
      expect(made.length).toBeGreaterThan(seconds - 2.5);
      expect(made.length).toBeLessThan(seconds + 0.6);
    },
    60_000,
  );
});
