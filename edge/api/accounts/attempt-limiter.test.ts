import { expect, test } from "vitest";
import { MemoryCounts } from "./attempt-limiter.ts";

const limit = { name: "login:a", max: 2, windowSeconds: 10 };

test("attempts end at the maximum and begin again with the next window", () => {
  const counts = new MemoryCounts();
  expect(counts.take(limit, 0)).toEqual({ allowed: true });
  expect(counts.take(limit, 4000)).toEqual({ allowed: true });
  expect(counts.take(limit, 4500)).toEqual({ allowed: false, retryAfterSeconds: 6 });
  expect(counts.take({ ...limit, name: "login:b" }, 4500)).toEqual({ allowed: true });
  expect(counts.take(limit, 10_000)).toEqual({ allowed: true });
});

test("an attempt given back may be taken again", () => {
  const counts = new MemoryCounts();
  for (let attempt = 0; attempt < 5; attempt++) {
    expect(counts.take(limit, 0)).toEqual({ allowed: true });
    counts.giveBack(limit);
  }
});

test("memory is bounded: the oldest names are forgotten", () => {
  const counts = new MemoryCounts(3);
  for (const name of ["a", "b", "c", "d"]) counts.take({ ...limit, name, max: 1 }, 0);
  expect(counts.take({ ...limit, name: "d", max: 1 }, 0).allowed).toBe(false);
  expect(counts.take({ ...limit, name: "a", max: 1 }, 0).allowed).toBe(true);
});
