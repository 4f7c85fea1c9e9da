import { expect, it } from "vitest";
import { LadderFailures } from "./ladder-failures.ts";

it("tries again after ever longer pauses, and leaves a place out from the third failure on", () => {
  const failures = new LadderFailures();
  const seen = Array.from({ length: 8 }, () => failures.failed(false));
  expect(seen.map(({ afterMs }) => afterMs)).toEqual([100, 500, 1000, 2000, 5000, 10_000, 10_000, 10_000]);
  expect(seen.map(({ remedy }) => remedy)).toEqual(["again", "again", ...Array(6).fill("leave-out")]);
  expect([failures.made(), failures.made()]).toEqual([true, false]);
  expect(failures.failed(false)).toEqual({ remedy: "again", afterMs: 100 });
});

it("takes another encoder before it blames the source", () => {
  const failures = new LadderFailures();
  const seen = Array.from({ length: 3 }, () => failures.failed(true).remedy);
  expect(seen).toEqual(["again", "again", "other-encoder"]);
  expect(failures.failed(false).remedy).toBe("again");
});
