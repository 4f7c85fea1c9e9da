import { expect, it } from "vitest";
import { childBoxes, findBox } from "../../packager/box-framer.ts";
import { box, words } from "../../packager/boxes.test-support.ts";
import { MovieBuilder } from "./movie-builder.ts";

const avcC = box("avcC", Buffer.from([1, 0x64, 0, 0x28]));
const esds = box("esds", words(0), Buffer.from([3, 8, 0, 2, 0, 4, 3, 0x6b, 0, 0]));

function trak(id: number, handler: string, timescale: number, entry: Buffer): Buffer {
  const description = box("minf", box("stbl", box("stsd", words(0, 1), entry)));
  const media = [box("mdhd", words(0, 0, 0, timescale, 0)), box("hdlr", words(0, 0), Buffer.from(handler))];
  return box(
    "trak",
    box("tkhd", words(0, 0, 0, id, 0), Buffer.alloc(60)),
    box("mdia", ...media, description),
  );
}
const moov = (videoScale = 1000) =>
  Buffer.concat([
    trak(1, "vide", videoScale, box("avc1", Buffer.alloc(78), avcC)),
    trak(2, "soun", 1000, box("mp4a", Buffer.alloc(28), esds)),
  ]);

/** `sizes` of samples of `duration`, the first of them a keyframe; their bytes begin `offset` behind the `moof`. */
function traf(
  id: number,
  time: number,
  duration: number,
  offset: number,
  sizes: number[],
  composition = 0,
): Buffer {
  const samples = sizes.flatMap((size, index) => [
    duration,
    size,
    index === 0 ? 0x02000000 : 0x10000,
    composition,
  ]);
  const run = box("trun", words(0x01000f01, sizes.length, offset, ...samples));
  return box("traf", box("tfhd", words(0x020000, id)), box("tfdt", words(0, time)), run);
}

/** Entries of a table in a track of the movie, as numbers. */
function table(movie: Buffer, track: number, type: string): number[] {
  const traks = [...childBoxes(movie.subarray(8))].filter((each) => each.type === "trak");
  const body = findBox(traks[track]!.body, "mdia", "minf", "stbl", type);
  if (body === null) return [];
  return Array.from({ length: (body.length - 4) / 4 }, (_, index) => body.readInt32BE(4 + index * 4));
}
function edits(movie: Buffer, track: number): number[][] {
  const traks = [...childBoxes(movie.subarray(8))].filter((each) => each.type === "trak");
  const list = findBox(traks[track]!.body, "edts", "elst")!;
  return Array.from({ length: list.readUInt32BE(4) }, (_, index) => {
    const at = 8 + index * 20;
    return [Number(list.readBigInt64BE(at)), Number(list.readBigInt64BE(at + 8))];
  });
}

it("says where each sample is, whatever stands before the payload", () => {
  const builder = new MovieBuilder(moov());
  const moof = Buffer.concat([traf(1, 10_000, 40, 108, [5, 6, 7]), traf(2, 10_000, 60, 126, [2, 2])]);
  builder.add(moof, 108, 0);
  builder.add(Buffer.concat([traf(1, 10_120, 40, 108, [9]), traf(2, 10_120, 60, 117, [3])]), 108, 22);
  const movie = builder.toMoov(5000);
  expect(builder.toMoov(0).length).toBe(movie.length);
  expect(table(movie, 0, "stsz")).toEqual([0, 4, 5, 6, 7, 9]);
  expect(table(movie, 0, "co64")).toEqual([2, 0, 5000, 0, 5022]);
  expect(table(movie, 1, "co64")).toEqual([2, 0, 5018, 0, 5031]);
  expect(table(movie, 0, "stsc")).toEqual([2, 1, 3, 1, 2, 1, 1]);
  expect(table(movie, 0, "stss")).toEqual([2, 1, 4]);
  expect(table(movie, 0, "stts"), "the last picture lasts as long as the sound").toEqual([2, 3, 40, 1, 60]);
  expect(table(movie, 0, "ctts"), "nothing is reordered").toEqual([]);
});

it("closes the time between runs, and begins the next one where the longest track has ended", () => {
  const builder = new MovieBuilder(moov());
  builder.add(Buffer.concat([traf(1, 10_000, 40, 0, [1, 1]), traf(2, 10_000, 50, 0, [1, 1])]), 0, 0);
  builder.begin(moov());
  builder.add(Buffer.concat([traf(1, 500_000, 40, 0, [1, 1]), traf(2, 500_010, 50, 0, [1])]), 0, 4);
  expect(builder.durationSeconds).toBeCloseTo(0.18);
  const movie = builder.toMoov(0);
  // The last picture of the first run is shown for 20 ms more, its last sound for 10.
  expect(table(movie, 0, "stts")).toEqual([3, 1, 40, 1, 60, 2, 40]);
  expect(table(movie, 1, "stts")).toEqual([3, 1, 50, 1, 60, 1, 70]);
});

it("counts a run of other units in those of the first", () => {
  const builder = new MovieBuilder(moov());
  builder.add(traf(1, 0, 40, 0, [1]), 0, 0);
  builder.begin(moov(16_000));
  builder.add(traf(1, 160_000, 640, 0, [1, 1]), 0, 1);
  expect(table(builder.toMoov(0), 0, "stts")).toEqual([1, 3, 40]);
});

it("shows tracks that begin at different times as they were", () => {
  const late = new MovieBuilder(moov());
  late.add(Buffer.concat([traf(1, 10_000, 40, 0, [1]), traf(2, 10_100, 50, 0, [1, 1])]), 0, 0);
  expect(edits(late.toMoov(0), 1)).toEqual([
    [4800, -1],
    [4800, 0],
  ]);
  const early = new MovieBuilder(moov());
  early.add(Buffer.concat([traf(1, 10_030, 40, 0, [1, 1]), traf(2, 10_000, 50, 0, [1, 1])]), 0, 0);
  expect(edits(early.toMoov(0), 1)[0]![1], "what is heard before the first picture is left out").toBe(30);
});

it("begins with the first picture though it is shown later than it is decoded", () => {
  const builder = new MovieBuilder(moov());
  builder.add(traf(1, 0, 40, 0, [1, 1], 80), 0, 0);
  const movie = builder.toMoov(0);
  expect(edits(movie, 0)[0]![1]).toBe(80);
  expect(table(movie, 0, "ctts")).toEqual([1, 2, 80]);
});
