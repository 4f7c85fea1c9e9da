import { expect, test } from "vitest";
import { RollCall } from "./roll-call.ts";

const someone = (n: number) => ({ viewerId: `vwr_${n}`, userId: null });
const crowd = (many: number) => Array.from({ length: many }, (_, n) => someone(n));

test("who comes is named at once, and is known when the API has heard it", () => {
  const call = new RollCall();
  call.came(someone(1));
  expect([call.isUrgent, call.unnamed, call.has("vwr_1")]).toEqual([true, 1, true]);
  const called = call.take(10, 0);
  expect(called).toEqual([{ ...someone(1), here: true }]);
  expect([call.isUrgent, call.unnamed]).toEqual([false, 1]);
  call.heard(called);
  call.heard(called);
  expect(call.unnamed).toBe(0);
});

test("who leaves is said to have left, a moment later, and not when they came back or left long ago", () => {
  const call = new RollCall();
  for (const person of crowd(3)) call.came(person);
  call.heard(call.take(10, 0));
  for (const person of crowd(3)) call.left(person, 1000);
  expect([call.has("vwr_1"), call.hasFarewells]).toEqual([false, true]);
  expect(call.take(10, 1500)).toEqual([]);
  call.came(someone(1));
  expect(call.unnamed, "whatever the API knows of them").toBe(1);
  expect(call.take(1, 2000)).toEqual([{ ...someone(0), here: false }]);
  expect(call.take(10, 70_000)).toEqual([{ ...someone(1), here: true }]);
  expect([call.isUrgent, call.hasFarewells]).toEqual([false, false]);
});

test("who leaves before they were heard of leaves nobody unnamed", () => {
  const call = new RollCall();
  for (const person of crowd(2)) call.came(person);
  const called = call.take(1, 0);
  for (const person of crowd(2)) call.left(person, 10);
  call.heard(called);
  expect(call.unnamed).toBe(0);
  const farewells = call.take(10, 2000);
  expect(farewells.map(({ here }) => here)).toEqual([false, false]);
});

test.each([1, 40, 60, 500, 5000])(
  "each of %i who came at once is named every half minute, in a spread",
  (many) => {
    const call = new RollCall();
    for (const person of crowd(many)) call.came(person);
    const named = new Map<string, number>();
    let longest = 0;
    let most = 0;
    for (let now = 0; now <= 300_000; now += 5000) {
      const called = call.take(5000, now);
      call.heard(called);
      if (now >= 5000) most = Math.max(most, called.length);
      for (const { viewerId } of called) {
        longest = Math.max(longest, now - (named.get(viewerId) ?? 0));
        named.set(viewerId, now);
      }
    }
    expect(named.size).toBe(many);
    expect(Math.max(longest, ...[...named.values()].map((at) => 300_000 - at))).toBeLessThanOrEqual(30_000);
    expect(most).toBeLessThanOrEqual(Math.max(many <= 50 ? 50 : 0, many / 5));
  },
);

test("after a long silence of the API everyone is named anew, and counts as unknown until then", () => {
  const call = new RollCall();
  for (const person of crowd(100)) call.came(person);
  const lost = call.take(5000, 0);
  call.heard(lost);
  const again = call.take(5000, 60_000);
  expect(again.length).toBe(100);
  expect(call.unnamed).toBe(100);
  call.heard(again);
  expect(call.unnamed).toBe(0);
});
