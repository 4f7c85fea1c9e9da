import { expect, test } from "vitest";
import { bitrateWords, clockWords, countWords, lengthWords, shareWords, sizeWords } from "./amounts.ts";

test("bitrates change their unit at a thousand", () => {
  expect([0, 320.4, 999, 1000, 4520, 45_200].map(bitrateWords)).toEqual([
    "0 kbit/s",
    "320 kbit/s",
    "999 kbit/s",
    "1 Mbit/s",
    "4.5 Mbit/s",
    "45.2 Mbit/s",
  ]);
});

test("sizes say two or three digits", () => {
  expect([0, 999, 1000, 640_000, 12_340_000, 1_234_000_000, 250e9].map(sizeWords)).toEqual([
    "0 bytes",
    "999 bytes",
    "1 KB",
    "640 KB",
    "12.3 MB",
    "1.2 GB",
    "250 GB",
  ]);
});

test("a clock shows hours only where there are any", () => {
  expect([0, 7.9, 760, 3753, -3].map(clockWords)).toEqual(["0:00", "0:07", "12:40", "1:02:33", "0:00"]);
});

test("lengths say what matters of them", () => {
  expect([0, 1.24, 45.2, 59.9, 700, 3600, 5040, 5399, 1_123_200, 7_200_000].map(lengthWords)).toEqual([
    "0 s",
    "1.2 s",
    "45 s",
    "1 min",
    "12 min",
    "1 h",
    "1 h 24 min",
    "1 h 30 min",
    "312 h",
    "2,000 h",
  ]);
});

test("counts are grouped, shares keep two digits", () => {
  expect([0, 7, 7.25, 1204, 20_000].map(countWords)).toEqual(["0", "7", "7.3", "1,204", "20,000"]);
  expect([0, 0.0031, 0.042, 0.421, 1].map(shareWords)).toEqual(["0 %", "0.31 %", "4.2 %", "42 %", "100 %"]);
});
