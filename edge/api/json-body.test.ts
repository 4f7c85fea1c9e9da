import { expect, test } from "vitest";
import { jsonNestsDeeper } from "./json-body.ts";

test.each([
  ["{}", 1, false],
  ["[[]]", 1, true],
  ["[{}, {}, [1, 2]]", 2, false],
  ['["[[[["]', 1, false],
  ['["\\"[[["]', 1, false],
  ['["\\\\", [[]]]', 2, true],
  ["[".repeat(500_000), 64, true],
  ["", 0, false],
])("%j against %i levels: %s", (text, levels, deeper) => {
  expect(jsonNestsDeeper(text, levels)).toBe(deeper);
});
