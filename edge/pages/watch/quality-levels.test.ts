import { expect, test } from "vitest";
import { type Level, levelName, qualityOptions } from "./quality-levels.ts";

const level = (index: number, width: number, height: number, bitrate: number, frameRate = 30): Level => ({
  index,
  width,
  height,
  bitrate,
  frameRate,
});
const ladder = [
  level(0, 640, 360, 800_000),
  level(1, 854, 480, 1_400_000),
  level(2, 1280, 720, 2_800_000),
  level(3, 1920, 1080, 5_000_000, 60),
];

test("the menu lists automatic and then the real levels, best first", () => {
  const options = qualityOptions(ladder, -1, 2);
  expect(options.map(({ label }) => label)).toEqual(["Automatic", "1080p60", "720p", "480p", "360p"]);
  expect(options.map(({ index }) => index)).toEqual([-1, 3, 2, 1, 0]);
  expect(options[0]).toMatchObject({ selected: true, detail: "now 720p" });
});

test("a chosen level is marked, and automatic is not", () => {
  const selected = qualityOptions(ladder, 1, 1).filter((option) => option.selected);
  expect(selected.map(({ label }) => label)).toEqual(["480p"]);
});

test("an upright picture is named by its shorter side", () => {
  expect(levelName(level(0, 1080, 1920, 5_000_000))).toBe("1080p");
});
