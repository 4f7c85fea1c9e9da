import { expect, it } from "vitest";
import { PlaybackBuffer } from "./playback-buffer.ts";

it("plays without a stall while media comes before it is needed", () => {
  const buffer = new PlaybackBuffer();
  for (const at of [10, 11, 13, 15]) buffer.add(2, at);
  expect(buffer.stalls).toEqual([]);
  expect(buffer.stalledFor(17)).toBe(0);
  expect(buffer.stalledFor(20)).toBe(2);
});

it("counts from when it ran dry to when something came, and goes on from there", () => {
  const buffer = new PlaybackBuffer();
  buffer.add(2, 0);
  buffer.add(2, 7);
  buffer.add(2, 8);
  buffer.add(2, 12);
  expect(buffer.stalls).toEqual([5, 1]);
  expect(buffer.stalledSeconds).toBe(6);
});
