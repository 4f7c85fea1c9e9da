import { expect, test } from "vitest";
import { instantOf, mediaSecondsAt, parsePoint } from "./media-clock.ts";

const start = Date.parse("2026-01-01T12:00:00Z");

test("a point is seconds of media time or an instant, and nothing else", () => {
  expect(parsePoint("90")).toEqual({ seconds: 90 });
  expect(parsePoint("-1.5")).toEqual({ seconds: -1.5 });
  expect(parsePoint("2026-01-01T12:00:01.5Z")).toEqual({ at: start + 1500 });
  expect(parsePoint("2026-01-01T12:00Z")).toEqual({ at: start });
  for (const none of [
    "",
    "1e9",
    "NaN",
    "Infinity",
    "0x10",
    "2026-01-01",
    "2026-13-01T12:00:00Z",
    "2026-01-01T12:00:00",
    "9".repeat(30),
  ]) {
    expect(parsePoint(none), none).toBeNull();
  }
});

test("seconds count from the first picture, and mean nothing without one", () => {
  expect(instantOf({ seconds: 2.5 }, start)).toBe(start + 2500);
  expect(instantOf({ seconds: 2.5 }, null)).toBeNull();
  expect(instantOf({ at: 7 }, null)).toBe(7);
  expect(mediaSecondsAt(start + 1234, start)).toBe(1.234);
  expect(mediaSecondsAt(start - 500, start)).toBe(-0.5);
  expect(mediaSecondsAt(start, null)).toBeNull();
});
