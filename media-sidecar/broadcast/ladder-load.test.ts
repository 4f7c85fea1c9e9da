import { expect, it } from "vitest";
import { LadderLoad } from "./ladder-load.ts";

const run = { run: 1, encodes: true, beganMs: 5000 };

it("sees how much waits, and how fast it is made", () => {
  const load = new LadderLoad();
  load.look(0, { ...run, madeToMs: null, newestMs: 6000 });
  expect(load.load).toEqual({ speed: null, backlogSeconds: 1 });
  for (let second = 1; second <= 20; second++)
    load.look(second * 1000, { ...run, madeToMs: 5000 + second * 800, newestMs: 6000 + second * 1000 });
  expect(load.load.speed).toBeCloseTo(0.8, 5);
  expect(load.load.backlogSeconds).toBeCloseTo(5, 5);
});

it("counts what a next run makes from where it begins, also when that is made again", () => {
  const load = new LadderLoad();
  for (let second = 0; second <= 5; second++)
    load.look(second * 1000, { ...run, madeToMs: 5000 + second * 1000, newestMs: 12_000 });
  for (let second = 6; second <= 10; second++)
    load.look(second * 1000, {
      ...{ run: 2, encodes: true, beganMs: 8000, newestMs: 20_000 },
      madeToMs: 8000 + (second - 5) * 2000,
    });
  expect(load.load).toEqual({ speed: 1.5, backlogSeconds: 2 });
});

it("has nothing to say of a copy, nor between two runs", () => {
  const load = new LadderLoad();
  for (let second = 0; second <= 8; second++)
    load.look(second * 1000, { ...run, madeToMs: 5000, newestMs: 9000 });
  load.look(9000, { ...run, encodes: false, madeToMs: 5000, newestMs: 9000 });
  expect(load.load).toEqual({ speed: null, backlogSeconds: 0 });
});
