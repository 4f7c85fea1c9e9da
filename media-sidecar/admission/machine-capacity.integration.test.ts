import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { type CapacitySettings, findCapacity } from "./machine-capacity.ts";

let directory: string;
/** FFmpeg itself, with a line for each start. */
let ffmpegPath: string;
let starts: string;
/** FFmpeg with a device that fails, also where there is one that works: what is tried is the way back. */
let broken: string;
const logged: Record<string, unknown>[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-capacity-"));
  ffmpegPath = join(directory, "ffmpeg");
  starts = join(directory, "starts");
  await writeFile(ffmpegPath, `#!/bin/bash\necho "$*" >> ${starts}\nexec ffmpeg "$@"\n`);
  await chmod(ffmpegPath, 0o755);
  broken = join(directory, "broken-vaapi");
  await writeFile(broken, `#!/bin/bash\n[[ "$*" == *h264_vaapi* ]] && exit 1\nexec ffmpeg "$@"\n`);
  await chmod(broken, 0o755);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const settings = (more: Partial<CapacitySettings> = {}): CapacitySettings => ({
  ffmpegPath,
  dataDirectory: directory,
  encoder: "auto",
  samplesPerSecond: null,
  log: createLog("test", (line) => logged.push(JSON.parse(line) as Record<string, unknown>)),
  ...more,
});
const encodes = async () =>
  (await readFile(starts, "utf8")).split("\n").filter((line) => line.includes("pipe:0"));
const triedIn = (lines: readonly string[]) => lines.map((line) => /-c:v (\w+)/.exec(line)?.[1]);

it("a machine tries its hardware encoders, encodes a second with the first that works, and remembers it", async () => {
  const found = await findCapacity(settings());
  const tried = triedIn(await encodes());
  expect(tried.at(-1), `${JSON.stringify(found)} after ${tried.join(" ")}`).toBe(found.encoder);
  // Without a device there is only the processor left; with one this says that it was used.
  const unusable = logged.filter(({ event }) => event === "encoder.unusable").map(({ encoder }) => encoder);
  expect(unusable).toEqual(tried.slice(0, -1));
  // Far below what any processor of this century does, and far above what the fastest does.
  expect(found.samplesPerSecond).toBeGreaterThan(1e6);
  expect(found.samplesPerSecond).toBeLessThan(1e12);

  const before = (await encodes()).length;
  expect(await findCapacity(settings())).toEqual(found);
  expect((await encodes()).length).toBe(before);
}, 120_000);

it("an encoder that is asked for and does not work gives way to libx264", async () => {
  const { encoder } = await findCapacity(settings({ ffmpegPath: broken, encoder: "h264_vaapi" }));
  expect(encoder).toBe("libx264");
}, 60_000);

it("what an operator says of a machine stands in place of a measurement", async () => {
  const before = (await encodes()).length;
  expect(await findCapacity(settings({ encoder: "libx264", samplesPerSecond: 5e7 }))).toEqual({
    encoder: "libx264",
    samplesPerSecond: 5e7,
  });
  expect((await encodes()).length).toBe(before);
});

it("whatever an operator says of a machine, its device has to show that it works", async () => {
  const asked = { ffmpegPath: broken, encoder: "h264_vaapi", samplesPerSecond: 5e7 } as const;
  expect(await findCapacity(settings(asked))).toEqual({ encoder: "libx264", samplesPerSecond: 5e7 });
}, 60_000);

it("a machine whose FFmpeg does not even start is counted as a slow one", async () => {
  const { encoder, samplesPerSecond } = await findCapacity(
    settings({ ffmpegPath: join(directory, "absent") }),
  );
  expect(encoder).toBe("libx264");
  expect(samplesPerSecond).toBeGreaterThan(0);
  expect(logged.some(({ event }) => event === "encoder.not-measured")).toBe(true);
});
