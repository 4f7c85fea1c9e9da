import { expect, test } from "vitest";
import { dropOuts } from "./drop-out.ts";

const minute = 60_000;

test("minutes in a row are one drop-out, and others are others", () => {
  expect(dropOuts([])).toEqual([]);
  const left = [3, 4, 5, 7, 20, 21].map((at, index) => ({ at: at * minute, left: 5 + index }));
  expect(dropOuts(left)).toEqual([
    { at: 3 * minute, left: 5 + 6 + 7 },
    { at: 7 * minute, left: 8 },
    { at: 20 * minute, left: 9 + 10 },
  ]);
  expect(left[0]).toEqual({ at: 3 * minute, left: 5 });
});
