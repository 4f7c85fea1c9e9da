import { expect, it } from "vitest";
import { ViewerTally } from "./viewer-tally.ts";

const streamIdOf = (playbackId: string) =>
  playbackId === "pb_gone" ? undefined : `str${playbackId.slice(2)}`;

it("tells of each viewer once, and then no more", () => {
  const tally = new ViewerTally();
  for (const viewer of ["vwr_a", "vwr_b", "vwr_a"]) tally.saw("pb_one", viewer);
  tally.saw("pb_two", "vwr_a");
  tally.saw("pb_gone", "vwr_a");
  expect(tally.take(streamIdOf)).toEqual([
    [
      { streamId: "str_one", viewerIds: ["vwr_a", "vwr_b"] },
      { streamId: "str_two", viewerIds: ["vwr_a"] },
    ],
  ]);
  expect(tally.take(streamIdOf)).toEqual([]);
});

it("cuts what is large into reports that the edge takes, and loses none", () => {
  const tally = new ViewerTally();
  for (let viewer = 0; viewer < 4500; viewer++) tally.saw("pb_large", `vwr_${viewer}`);
  for (let stream = 0; stream < 450; stream++) tally.saw(`pb_${stream}`, "vwr_a");
  const reports = tally.take(streamIdOf);
  for (const report of reports) {
    expect(report.length).toBeLessThanOrEqual(200);
    for (const { viewerIds } of report) expect(viewerIds.length).toBeLessThanOrEqual(2000);
  }
  const told = reports.flat();
  const ofLarge = told.filter(({ streamId }) => streamId === "str_large");
  expect(new Set(ofLarge.flatMap(({ viewerIds }) => viewerIds)).size).toBe(4500);
  expect(new Set(told.map(({ streamId }) => streamId)).size).toBe(451);
});

it("knows how many watched lately, also right after they were told of", () => {
  const tally = new ViewerTally();
  expect(tally.recent("pb_one")).toBe(0);
  for (const viewer of ["vwr_a", "vwr_b"]) tally.saw("pb_one", viewer);
  expect(tally.recent("pb_one")).toBe(2);
  tally.take(streamIdOf);
  tally.saw("pb_one", "vwr_a");
  expect(tally.recent("pb_one")).toBe(2);
  tally.take(streamIdOf);
  expect(tally.recent("pb_one")).toBe(1);
  tally.take(streamIdOf);
  expect(tally.recent("pb_one")).toBe(0);
});
