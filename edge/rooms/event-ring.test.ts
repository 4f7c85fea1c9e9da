import { expect, test } from "vitest";
import { EventRing } from "./event-ring.ts";

const run = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => ({ seq: first + index }));
const seqs = (events: { seq: number }[] | null) => events?.map((event) => event.seq) ?? null;

test("events after a point come in order, and nothing that is known", () => {
  const ring = new EventRing(5, 10);
  expect(seqs(ring.append(run(6, 9)).taken)).toEqual([6, 7, 8, 9]);
  expect(seqs(ring.append(run(8, 10)).taken)).toEqual([10]);
  expect(seqs(ring.since(7))).toEqual([8, 9, 10]);
  expect(seqs(ring.since(10))).toEqual([]);
  expect(seqs(ring.since(99))).toEqual([]);
});

test("a point before what is held cannot be answered", () => {
  const ring = new EventRing(5, 10);
  expect(ring.since(4)).toBeNull();
  expect(seqs(ring.since(5))).toEqual([]);
});

test("a gap stops before it", () => {
  const ring = new EventRing(5, 10);
  expect(ring.append([{ seq: 6 }, { seq: 8 }])).toEqual({ taken: [{ seq: 6 }], gap: true });
  expect(ring.head).toBe(6);
  expect(ring.append(run(7, 8)).gap).toBe(false);
  expect(seqs(ring.since(5))).toEqual([6, 7, 8]);
});

test("older events can be put before, and only where they fit", () => {
  const ring = new EventRing<{ seq: number }>(5, 10);
  ring.append(run(6, 7));
  ring.prepend(run(1, 3));
  expect(ring.since(2)).toBeNull();
  ring.prepend(run(3, 7));
  expect(seqs(ring.since(2))).toEqual([3, 4, 5, 6, 7]);
  expect(ring.since(1)).toBeNull();
});

test("the oldest give way, and the newest of the capacity always stay", () => {
  const ring = new EventRing<{ seq: number }>(0, 10);
  for (const event of run(1, 1000)) ring.append([event]);
  expect(ring.head).toBe(1000);
  expect(seqs(ring.since(990))).toEqual(seqs(run(991, 1000)));
  expect(ring.head - ring.from).toBeLessThanOrEqual(20);
});
