import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BoxFramer } from "../../packager/box-framer.ts";
import { salvageSegment } from "../../packager/segment-salvage.ts";
import { makeRun, probeMovie } from "./movie.test-support.ts";
import { parametersOf } from "./parameters.ts";
import { type MovieSegment, readMovieHeader, writeMovie } from "./write-movie.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-movie-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const silent = { signal: new AbortController().signal, onBytes: () => {} };
async function bytesOf(segments: readonly MovieSegment[]): Promise<number> {
  const sizes = await Promise.all(segments.map(async ({ path }) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

it("makes one movie of three runs that ffmpeg plays without a word, as long as the runs together", async () => {
  const runs = [
    await makeRun(directory, "a"),
    await makeRun(directory, "b", { seconds: 3, offsetSeconds: 700 }),
    await makeRun(directory, "c", { seconds: 5, audioLateSeconds: 0.2 }),
  ];
  const segments = runs.flat();
  const target = join(directory, "movie.mp4");
  let copied = 0;
  const written = await writeMovie(segments, target, {
    ...silent,
    onBytes: (bytes) => {
      copied += bytes;
    },
  });
  const { tracks, seconds, errors } = await probeMovie(target);
  expect(errors).toBe("");
  expect(seconds).toBeGreaterThan(12 * 0.99);
  expect(seconds).toBeLessThan(12 * 1.01);
  expect(Math.abs(written.durationSeconds - seconds)).toBeLessThan(0.1);
  const [video, audio] = ["video", "audio"].map((type) => tracks.find((track) => track.codec_type === type)!);
  expect(Number(video!.nb_read_packets)).toBe(12 * 15);
  expect(Math.abs(Number(video!.duration) - Number(audio!.duration))).toBeLessThan(0.1);
  const size = (await stat(target)).size;
  expect(size).toBe(written.sizeBytes);
  expect(copied).toBeLessThanOrEqual(size);
  expect(size).toBeLessThan((await bytesOf(segments)) * 1.05);
  const types = (await readFile(target)).subarray(0, 40).toString("latin1");
  expect(types.indexOf("moov")).toBeGreaterThan(0);
});

it("keeps pictures that are shown in another order than they are decoded", async () => {
  const target = join(directory, "reordered.mp4");
  await writeMovie(await makeRun(directory, "reordered", { bFrames: 2 }), target, silent);
  const { tracks, errors } = await probeMovie(target);
  expect(errors).toBe("");
  expect(tracks.map(({ nb_read_packets }) => Number(nb_read_packets))[0]).toBe(60);
});

it("leaves nothing where it is stopped midway", async () => {
  const stopping = new AbortController();
  const segments = await makeRun(directory, "stopped");
  const making = writeMovie(segments, join(directory, "stopped.mp4"), {
    signal: stopping.signal,
    onBytes: () => stopping.abort(new Error("enough")),
  });
  await expect(making).rejects.toThrow("enough");
  expect((await readdir(directory)).filter((name) => name.startsWith("stopped.mp4"))).toEqual([]);
});

it("tells runs of other parameters apart, and runs of the same from each other not", async () => {
  const parameters = async (name: string, more: Parameters<typeof makeRun>[2]) =>
    parametersOf(await readMovieHeader((await makeRun(directory, name, more))[0]!.initPath));
  const usual = await parameters("p1", { seconds: 2 });
  expect(await parameters("p2", { seconds: 3, offsetSeconds: 50 })).toBe(usual);
  expect(await parameters("p3", { seconds: 2, size: "160x90" })).not.toBe(usual);
});

it("plays to where it was cut, wherever between two boxes that was", async () => {
  const segments = await makeRun(directory, "whole", { seconds: 3 });
  const data = Buffer.concat(await Promise.all(segments.map(({ path }) => readFile(path))));
  const init = segments[0]!.initPath;
  const cuts: number[] = [];
  const framer = new BoxFramer(({ size }) => cuts.push((cuts.at(-1) ?? 0) + size));
  framer.push(data);
  expect(cuts.length).toBeGreaterThanOrEqual(6);
  for (const cut of cuts.flatMap((each) => [each - 1, each, each + 3])) {
    const path = join(directory, "cut.m4s");
    await writeFile(path, data.subarray(0, cut));
    const salvaged = await salvageSegment(path, init);
    const fragments = cuts.filter((end, index) => index % 2 === 1 && end <= cut).length;
    expect(salvaged === null ? 0 : Math.round(salvaged.durationSeconds), `cut at ${cut}`).toBe(fragments);
    if (salvaged === null) continue;
    const target = join(directory, "cut.mp4");
    await writeMovie([{ path, initPath: init, discontinuity: true }], target, silent);
    const { seconds, errors } = await probeMovie(target);
    expect(errors, `cut at ${cut}`).toBe("");
    expect(Math.abs(seconds - fragments)).toBeLessThan(0.15);
  }
});
