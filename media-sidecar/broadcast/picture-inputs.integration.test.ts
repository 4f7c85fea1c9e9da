import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MediaBench } from "./broadcast.test-support.ts";
import {
  aac,
  avc,
  discontinuities,
  everyTwoSeconds,
  expectSound,
  framesOf,
  listOf,
  picture,
  publishFile,
  seconds,
  streamsOf,
  tone,
} from "./published-input.test-support.ts";

const run = promisify(execFile);
let bench: MediaBench;
beforeAll(async () => {
  bench = await MediaBench.open();
}, 60_000);
afterAll(() => bench.close(), 60_000);

describe.concurrent("a source of", () => {
  it("odd sizes is encoded in even ones", async () => {
    // Only without subsampled colour can a size be odd.
    const full = avc(...everyTwoSeconds).map((word) => (word === "yuv420p" ? "yuv444p" : word));
    const odd = ["-vf", "scale=321:181", ...full];
    const path = await bench.makeFlv("odd", ...picture(), ...tone(), ...odd, ...aac);
    const made = await publishFile(bench, "odd", path);
    await expectSound(made);
    expect(made.reports.some(({ source }) => source?.width === 321 && source.height === 181)).toBe(true);
    const { video } = await streamsOf(made, "v0");
    expect([video!.width! % 2, video!.height! % 2, video?.codec_name]).toEqual([0, 0, "h264"]);
  }, 180_000);

  it("an upright picture stays upright; a rotation that only a file can say is lost on the way, and nothing else", async () => {
    const upright = await bench.makeFlv(
      "upright",
      ...picture("180x320"),
      ...tone(),
      ...avc(...everyTwoSeconds),
      ...aac,
    );
    const made = await publishFile(bench, "upright", upright);
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
    const turned = await publishFile(bench, "turned", rotated);
    await expectSound(turned);
    // FLV and RTMP have no display matrix: an encoder has to turn the picture itself.
    expect((await streamsOf(turned, "v0")).video).toMatchObject({ width: 320, height: 180 });
  }, 180_000);

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
    const made = await publishFile(bench, "uneven", path);
    await expectSound(made);
    expect(made.length).toBeCloseTo(seconds, 0);
    expect(discontinuities(made)).toBe(0);
    const frames = async (slot: string) =>
      Promise.all(
        listOf(made.broadcast, slot).segments.map(async (segment) => (await framesOf(made, segment)).length),
      );
    const copied = await frames("v0");
    expect(await frames("v1")).toEqual(copied);
    expect(new Set(copied).size, String(copied)).toBeGreaterThan(1);
  }, 180_000);

  it("60 frames a second has 60 in every rung", async () => {
    const path = await bench.makeFlv(
      "fast-in",
      ...picture("320x180", 60),
      ...tone(),
      ...avc(...everyTwoSeconds),
      ...aac,
    );
    const made = await publishFile(bench, "fast-in", path);
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
  }, 180_000);

  it("keyframes 8 s apart is encoded whole, with advice", async () => {
    const path = await bench.makeFlv(
      "rare-in",
      ...picture(),
      ...tone(),
      ...avc("-g", "120", "-keyint_min", "120"),
      ...aac,
    );
    const made = await publishFile(bench, "rare-in", path);
    await expectSound(made);
    expect(made.reports.at(-1)!.renditions.map(({ copied }) => copied)).toEqual([false, false]);
    expect(
      made.reports.some(({ warnings }) => warnings.some(({ code }) => code === "keyframes-too-far-apart")),
    ).toBe(true);
    expect(made.length).toBeCloseTo(seconds, 0);
  }, 180_000);

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
    const made = await publishFile(bench, "pyramid", path);
    await expectSound(made);
    expect(made.reports.at(-1)!.renditions.map(({ copied }) => copied)).toEqual([true, false]);
    const lists = made.slots.map((slot) => listOf(made.broadcast, slot).segments);
    for (const index of lists[0]!.keys()) {
      const [copied, encoded] = await Promise.all(lists.map((list) => framesOf(made, list[index]!)));
      expect(copied!.map(({ type }) => type).join("")).toContain("B");
      expect(encoded!.map(({ at }) => at)).toEqual(copied!.map(({ at }) => at));
    }
  }, 180_000);
});
