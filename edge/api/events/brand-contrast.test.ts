import fc from "fast-check";
import { expect, test } from "vitest";
import { contrastRatio, readableTextColor } from "./brand-contrast.ts";

test.each([
  ["#ffffff", "#000000", 21],
  ["#777777", "#ffffff", 4.48],
  ["#1a2b3c", "#1A2B3C", 1],
])("%s on %s contrasts %d to 1", (one, other, ratio) => {
  expect(contrastRatio(one, other)).toBeCloseTo(ratio, 2);
  expect(contrastRatio(other, one)).toBeCloseTo(ratio, 2);
});

test.each([
  ["#ffee00", "#000000"],
  ["#0b1020", "#ffffff"],
  [null, null],
])("on %s one writes in %s", (color, text) => {
  expect(readableTextColor(color)).toBe(text);
});

test("whatever colour an organiser chooses, the text on it reads with 4.5 to 1", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), (value) => {
      const color = `#${value.toString(16).padStart(6, "0")}`;
      return contrastRatio(color, readableTextColor(color)!) >= 4.5;
    }),
  );
});
