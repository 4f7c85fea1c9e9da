import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { box, words } from "./boxes.test-support.ts";
import { salvageSegment } from "./segment-salvage.ts";

let directory: string;
let init: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-salvage-"));
  init = join(directory, "init.mp4");
  await writeFile(init, Buffer.concat([box("ftyp", Buffer.from("isom")), box("moov", trak)]));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const avcC = box("avcC", Buffer.from([1, 0x64, 0, 0x28]));
const entry = box("avc1", Buffer.alloc(78), avcC);
const description = box("minf", box("stbl", box("stsd", words(0, 1), entry)));
const media = [box("mdhd", words(0, 0, 0, 1000, 0)), box("hdlr", words(0, 0), Buffer.from("vide"))];
const trak = box("trak", box("tkhd", words(0, 0, 0, 1, 0)), box("mdia", ...media, description));

/** Five pictures of 40 ms. */
function fragment(index: number): { moof: Buffer; mdat: Buffer } {
  const time = box("tfdt", words(0, 1000 + index * 200));
  const run = box("trun", words(0x104, 5, 0x02000000, 40, 40, 40, 40, 40));
  const moof = box("moof", box("traf", box("tfhd", words(0x020000, 1)), time, run));
  return { moof, mdat: box("mdat", Buffer.alloc(30 + index * 10, index)) };
}
const fragments = [0, 1, 2].map(fragment);
const whole = Buffer.concat(fragments.flatMap(({ moof, mdat }) => [moof, mdat]));

async function salvaged(data: Buffer) {
  const path = join(directory, "cut.m4s");
  await writeFile(path, data);
  return { found: await salvageSegment(path, init), left: await readFile(path) };
}

it("keeps every whole fragment, wherever between or within boxes a segment was cut", async () => {
  const ends: number[] = [];
  for (const { moof, mdat } of fragments) ends.push((ends.at(-1) ?? 0) + moof.length + mdat.length);
  for (let cut = 0; cut <= whole.length; cut++) {
    const count = ends.filter((end) => end <= cut).length;
    const { found, left } = await salvaged(whole.subarray(0, cut));
    if (count === 0) {
      expect(found, `cut at ${cut}`).toBeNull();
      continue;
    }
    expect(found, `cut at ${cut}`).toEqual({
      bytes: ends[count - 1],
      startMs: 1000,
      durationSeconds: (count * 200) / 1000,
      decodedMs: count * 200,
    });
    expect(left.equals(whole.subarray(0, ends[count - 1]))).toBe(true);
  }
});

it("keeps no more than it is asked to, by whole fragments", async () => {
  for (const [mostMs, count] of [
    [200, 1],
    [390, 1],
    [400, 2],
    [5000, 3],
  ] as const) {
    const path = join(directory, "long.m4s");
    await writeFile(path, whole);
    const found = await salvageSegment(path, init, mostMs);
    const bytes = fragments
      .slice(0, count)
      .reduce((sum, { moof, mdat }) => sum + moof.length + mdat.length, 0);
    expect(found, `at most ${mostMs} ms`).toMatchObject({ bytes, decodedMs: count * 200 });
    expect((await readFile(path)).length).toBe(bytes);
  }
});

it("keeps what stands before zeros, as a power cut leaves them", async () => {
  const { moof, mdat } = fragments[0]!;
  const first = Buffer.concat([moof, mdat]);
  const { found, left } = await salvaged(Buffer.concat([first, Buffer.alloc(4096)]));
  expect(found).toEqual({ bytes: first.length, startMs: 1000, durationSeconds: 0.2, decodedMs: 200 });
  expect(left).toEqual(first);
});

it("finds nothing in what is no media, or is not there", async () => {
  expect((await salvaged(Buffer.from("no boxes at all, but some text"))).found).toBeNull();
  expect(await salvageSegment(join(directory, "absent.m4s"), init)).toBeNull();
  const { moof, mdat } = fragments[0]!;
  const path = join(directory, "headless.m4s");
  await writeFile(path, Buffer.concat([moof, mdat]));
  expect(await salvageSegment(path, join(directory, "absent.mp4"))).toBeNull();
});
