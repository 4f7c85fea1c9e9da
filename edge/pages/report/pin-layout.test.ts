import { expect, test } from "vitest";
import { pinLayout } from "./pin-layout.ts";

const room = { width: 300, pinWidth: 20, wideWidth: 44, rows: 2 };

test("pins with room around them stand in the lowest row, centred on their place", () => {
  expect(pinLayout([0.1, 0.5, 0.9], room)).toEqual([
    { first: 1, last: 1, left: 20, row: 0 },
    { first: 2, last: 2, left: 140, row: 0 },
    { first: 3, last: 3, left: 260, row: 0 },
  ]);
});

test("one that would touch another goes into the row above, the next that finds no row joins the one before", () => {
  const pins = pinLayout([0.5, 0.51, 0.52, 0.9], room);
  expect(pins.map(({ first, last, row }) => [first, last, row])).toEqual([
    [1, 1, 0],
    [2, 3, 1],
    [4, 4, 0],
  ]);
});

test("of a hundred moments in a few minutes every one is named once, and no two pins overlap", () => {
  const places = Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) / 100).sort((a, b) => a - b);
  const pins = pinLayout(places, room);
  expect(
    pins.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at)),
  ).toEqual(places.map((_, index) => index + 1));
  for (const row of [0, 1]) {
    const here = pins.filter((pin) => pin.row === row);
    here.slice(1).forEach((pin, index) => {
      const before = here[index]!;
      const width = before.first === before.last ? room.pinWidth : room.wideWidth;
      expect(pin.left).toBeGreaterThanOrEqual(before.left + width);
    });
  }
});

test("places beyond the ends stand at the ends", () => {
  expect(pinLayout([-0.4, 1.7], room).map(({ left }) => left)).toEqual([-10, 280]);
});

test("many moments at the very end stay within it, in a pin that stands on no other", () => {
  const pins = pinLayout([0.5, 0.86, 0.9, 0.97, 0.98, 0.99, 1], room);
  const last = pins.at(-1)!;
  expect(last.left + room.wideWidth).toBeLessThanOrEqual(room.width + room.pinWidth / 2);
  expect(last.last).toBe(7);
  expect(pins.map(({ first }) => first)).toEqual([1, ...pins.slice(0, -1).map((pin) => pin.last + 1)]);
  for (const pin of pins.slice(0, -1).filter(({ row }) => row === last.row))
    expect(pin.left + room.pinWidth).toBeLessThanOrEqual(last.left);
});

test("no moments are no pins", () => {
  expect(pinLayout([], room)).toEqual([]);
});
