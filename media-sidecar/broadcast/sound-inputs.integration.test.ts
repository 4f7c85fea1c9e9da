import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MediaBench, until } from "./broadcast.test-support.ts";
import {
  aac,
  avc,
  discontinuities,
  everyTwoSeconds,
  expectSound,
  firstTimes,
  listOf,
  outcome,
  picture,
  publishFile,
  seconds,
  stereo,
  streamsOf,
  tone,
  twoRungs,
} from "./published-input.test-support.ts";

const run = promisify(execFile);
let bench: MediaBench;
beforeAll(async () => {
  bench = await MediaBench.open();
}, 60_000);
afterAll(() => bench.close(), 60_000);

describe.concurrent("a source of", () => {
  it("sound alone has a black picture that costs next to nothing, and a real one when it comes later", async () => {
    const radio = await bench.makeFlv("radio-in", ...tone(44_100), ..."-c:a aac -ac 1 -b:a 48k".split(" "));
    const film = await bench.makeFlv("film", ...picture(), ...tone(), ...avc(...everyTwoSeconds), ...aac);
    const settings = bench.settings("radio-film", { ladder: twoRungs });
    const broadcast = await bench.broadcast(settings);
    await bench.publishToEnd("radio-film", radio);
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
    await bench.publishToEnd("radio-film", film);
    broadcast.publisherGone();
    const whole = await outcome(bench, broadcast, settings.reports);
    await expectSound(whole);
    expect(discontinuities(whole)).toBe(1);
    expect(whole.slots).toEqual(["v0", "v1"]);
    expect(whole.length).toBeCloseTo(2 * seconds, 0);
    const last = listOf(broadcast, "v0").segments.at(-1)!;
    expect(last.uri).toContain("/v0/");
    const path = await bench.join("gained", last.map, last.uri);
    const { stdout } = await run("ffprobe", [
      ...["-v", "error", "-show_entries", "stream=width,height,channels", "-of", "csv=p=0", path],
    ]);
    expect(stdout.trim().split("\n")).toEqual(["320,180", "2"]);
  }, 180_000);

  it("a picture alone gets silence", async () => {
    const path = await bench.makeFlv("mute-in", ...picture(), ...avc(...everyTwoSeconds));
    const made = await publishFile(bench, "mute-in", path);
    await expectSound(made);
    expect((await streamsOf(made, "v1")).audio).toMatchObject(stereo);
    expect(made.length).toBeCloseTo(seconds, 0);
    const { packets } = await bench.probe(made.broadcast, "v1.m3u8");
    const sound = packets.filter(({ codec_type }) => codec_type === "audio");
    // All the way: 1024 samples each.
    expect(sound.length).toBeGreaterThan((seconds - 0.5) * (48_000 / 1024));
  }, 180_000);

  it.each([22_050, 44_100])(
    "mono at %i Hz becomes stereo at 48 kHz, in time with the picture",
    async (rate) => {
      const mono = `-c:a aac -ar ${rate} -ac 1 -b:a 32k`.split(" ");
      const name = `mono-${rate}`;
      const input = [...picture(), ...tone(rate), ...avc(...everyTwoSeconds), ...mono];
      const made = await publishFile(bench, name, await bench.makeFlv(`${name}-in`, ...input));
      await expectSound(made);
      for (const slot of made.slots) expect((await streamsOf(made, slot)).audio).toMatchObject(stereo);
      expect(made.reports.some(({ source }) => source?.audioChannels === 1)).toBe(true);
      const times = await firstTimes(bench, made.segments[1]!);
      expect(Math.abs(times.audio! - times.video!)).toBeLessThan(200);
    },
    180_000,
  );

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
    const made = await publishFile(bench, "surround", path);
    await expectSound(made);
    expect((await streamsOf(made, "v0")).audio).toMatchObject(stereo);
    expect(made.reports.some(({ source }) => source?.audioChannels === 6)).toBe(true);
    const [segment] = made.segments;
    const file = await bench.join("centre", segment!.map, segment!.uri);
    const { stderr } = await run("ffmpeg", ["-i", file, "-vn", "-af", "volumedetect", "-f", "null", "-"]);
    expect(Number(/mean_volume: (-?[\d.]+) dB/.exec(stderr)?.[1])).toBeGreaterThan(-40);
  }, 180_000);
});
