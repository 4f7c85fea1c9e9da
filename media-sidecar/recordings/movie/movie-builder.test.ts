import { expect, it } from "vitest";
import { childBoxes, findBox } from "../../packager/box-framer.ts";
import { MovieBuilder } from "./movie-builder.ts";
import { moov, traf } from "./synthetic-media.test-support.ts";

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
