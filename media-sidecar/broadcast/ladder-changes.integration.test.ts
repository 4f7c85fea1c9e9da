import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EncodingDesk } from "../admission/encoding-desk.ts";
import { type LoadLimits, loadLimits } from "../admission/load-judge.ts";
import { MediaBench, until } from "./broadcast.test-support.ts";
import type { Broadcast } from "./broadcast.ts";
import type { BroadcastReport, BroadcastSettings } from "./broadcast-settings.ts";
import {
  aac,
  avc,
  expectSound,
  framesOf,
  gop,
  listOf,
  outcome,
  picture,
  tone,
} from "./published-input.test-support.ts";

const frameRate = 15;
/** Encoders are stopped as soon as all was seen, long before their files end. */
const longest = 110;
const frameMs = 1000 / frameRate;
const quick: LoadLimits = {
  ...loadLimits.standard,
  calmSeconds: 1,
  settleSeconds: { shed: 1, grow: 1 },
};

let bench: MediaBench;
/** With a keyframe each second, so that they can be copied; and too seldom for that. */
let copyable: string;
let seldom: string;
beforeAll(async () => {
  bench = await MediaBench.open();
  const source = (name: string, keyframeFrames: number) =>
    bench.makeFlv(
      name,
      ...picture("320x180", frameRate, longest),
      ...tone(48_000, longest),
      ...avc(...gop(keyframeFrames)),
      ...aac,
    );
  copyable = await source("copyable", frameRate);
  seldom = await source("seldom", 5 * frameRate);
}, 60_000);
afterAll(() => bench.close(), 60_000);

async function deskOf(promisable: number, limits: LoadLimits) {
  const desk = new EncodingDesk({
    capacity: Promise.resolve({ encoder: "libx264", samplesPerSecond: promisable / 0.8 }),
    limits: { standard: limits, low: limits },
  });
  await desk.ready;
  return desk;
}

/** A broadcast of this file, from its first pictures until `change` is through. */
async function broadcastThrough(
  name: string,
  path: string,
  more: Partial<BroadcastSettings>,
  change: (
    seen: (what: string, when: (now: BroadcastReport) => boolean) => Promise<unknown>,
    broadcast: Broadcast,
  ) => Promise<void>,
) {
  const settings = bench.settings(name, more);
  const broadcast = await bench.broadcast(settings);
  const publisher = bench.publish(name, path);
  const seen = (what: string, when: (now: BroadcastReport) => boolean) =>
    until(what, () => {
      const now = settings.reports.at(-1);
      return now !== undefined && when(now);
    }).catch((error) => {
      throw new Error(`${name}: ${error.message}; last seen ${JSON.stringify(settings.reports.at(-1))}`);
    });
  await change(seen, broadcast);
  const gone = new Promise((resolve) => publisher.once("exit", resolve));
  publisher.kill("SIGINT");
  await gone;
  broadcast.publisherGone();
  return outcome(bench, broadcast, settings.reports);
}

/** Every picture once, in every slot, whatever changed meanwhile. */
async function expectNothingLost(made: Awaited<ReturnType<typeof outcome>>, changes: number): Promise<void> {
  await expectSound(made);
  expect(made.segments.filter(({ discontinuity }) => discontinuity).length).toBeGreaterThanOrEqual(changes);
  for (const [index, next] of made.segments.slice(1).entries()) {
    const before = made.segments[index]!;
    const gapMs = next.at - before.at - before.seconds * 1000;
    expect(Math.abs(gapMs), `before segment ${next.sequence}`).toBeLessThan(frameMs / 2);
  }
  // The last one ends where the encoder was stopped, between pictures that were sent in another order.
  const segments = made.slots.flatMap((slot) => listOf(made.broadcast, slot).segments.slice(0, -1));
  // Where a slot shows the next lower one they share files.
  for (const segment of new Map(segments.map((each) => [each.uri, each])).values()) {
    const frames = await framesOf(made, segment);
    expect(frames.length, `pictures in ${segment.uri}`).toBe(Math.round(segment.seconds * frameRate));
  }
}

describe.concurrent("a ladder", () => {
  it.each([
    { name: "copied", latencyMode: "standard", promisable: 1_300_000, kept: ["180p", "90p"] },
    { name: "encoded", latencyMode: "standard", promisable: 2_000_000, kept: ["120p", "90p"] },
    { name: "prompt", latencyMode: "low", promisable: 1_300_000, kept: ["180p", "90p"] },
  ] as const)(
    "that is $name gives a rung to another stream, and gets it back when that one has gone",
    async ({ name, latencyMode, promisable, kept }) => {
      const desk = await deskOf(promisable, quick);
      const path = name === "encoded" ? seldom : copyable;
      const made = await broadcastThrough(name, path, { encoding: desk, latencyMode }, async (seen) => {
        const copied = name !== "encoded";
        const isWhole = ({ playable, renditions, shed }: BroadcastReport) =>
          playable && renditions.length === 3 && renditions[0]!.copied === copied && shed.length === 0;
        await seen("the whole ladder", isWhole);
        const neighbour = desk.open("standard", () => {});
        const cost = 650_000;
        neighbour.promise({ cost, leastCost: cost, nextSparing: 0 });
        await seen(
          "a smaller ladder",
          ({ renditions }) => renditions.map((each) => each.name).join() === kept.join(),
        );
        expect(desk.promised).toBeLessThanOrEqual(promisable);
        await seen("words", ({ shed, warnings }) => {
          const said = warnings.find(({ code }) => code === "machine-full");
          return shed.length === 1 && said?.detail.includes(shed[0]!.name) === true;
        });
        neighbour.close();
        await seen("the whole ladder again", isWhole);
        await seen("no more words", ({ warnings }) => !warnings.some(({ code }) => code === "machine-full"));
      });
      await expectNothingLost(made, 2);
    },
    180_000,
  );

  it("whose hardware encoder fails goes on with libx264, and loses nothing", async () => {
    const broken = join(bench.directory, "broken-vaapi");
    await writeFile(broken, `#!/bin/bash\n[[ "$*" == *h264_vaapi* ]] && exit 1\nexec ffmpeg "$@"\n`);
    await chmod(broken, 0o755);
    const withoutDevice = { encoder: "libx264", samplesPerSecond: 1e12 } as const;
    const desk = new EncodingDesk({
      capacity: Promise.resolve({ encoder: "h264_vaapi", samplesPerSecond: 1e12 }),
      withoutDevice: () => Promise.resolve(withoutDevice),
    });
    const made = await broadcastThrough(
      "device",
      copyable,
      { encoding: desk, ffmpegPath: broken },
      async (seen, broadcast) => {
        await seen("the whole ladder", ({ playable, renditions }) => playable && renditions.length === 3);
        await until("three segments", () => listOf(broadcast, "v0").segments.length > 2);
      },
    );
    expect(desk.capacity).toEqual(withoutDevice);
    await expectNothingLost(made, 0);
  }, 180_000);

  it("that falls behind loses its dearest encode, says so, and has it again when the machine is faster", async () => {
    // As if all three rungs had become too much: FFmpeg reads its input at two thirds of the pace where it makes them.
    const slow = join(bench.directory, "slow-ffmpeg");
    const busy = join(bench.directory, "busy");
    const script = `#!/bin/bash
      [[ "$*" == *pipe:5* && -e ${busy} ]] || exec ffmpeg "$@"
      arguments=()
      for each in "$@"; do
        arguments+=("$each")
        [ "$each" = -copyts ] && arguments+=(-readrate 0.66)
      done
      exec ffmpeg "\${arguments[@]}"`;
    await writeFile(slow, script);
    await chmod(slow, 0o755);
    const desk = await deskOf(1e12, { ...quick, behindSeconds: 1, looks: 4 });
    const made = await broadcastThrough(
      "slow",
      copyable,
      { encoding: desk, ffmpegPath: slow },
      async (seen, broadcast) => {
        // Players have some of it before it is too much.
        await seen("the whole ladder", ({ playable, renditions }) => playable && renditions.length === 3);
        await writeFile(busy, "");
        process.kill(await until("FFmpeg", () => broadcast.ffmpegPid), "SIGKILL");
        await seen("a smaller ladder", ({ shed }) => shed.length === 1 && shed[0]!.name === "120p");
        const isWarned = ({ warnings }: BroadcastReport) =>
          warnings.some(({ code }) => code === "machine-too-slow");
        await seen("a warning", isWarned);
        await rm(busy);
        await seen(
          "the whole ladder again, and no more words",
          (now) => now.renditions.length === 3 && now.shed.length === 0 && !isWarned(now),
        );
      },
    );
    await expectNothingLost(made, 2);
  }, 180_000);
});
