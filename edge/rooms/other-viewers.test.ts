import { expect, test } from "vitest";
import { OtherViewers } from "./other-viewers.ts";

test("what the API counts holds while it is renewed, and lapses by itself", () => {
  const others = new OtherViewers();
  expect(others.count(0)).toBe(0);
  others.heard(5, 0, 0);
  expect([others.count(0), others.count(9_999), others.count(10_000)]).toEqual([5, 5, 0]);
  others.heard(0, 20_000, 20_000);
  expect(others.count(20_000)).toBe(0);
});

test("who has just come with a socket may be among the others until the API knows of them", () => {
  const others = new OtherViewers();
  others.note(0, 0);
  others.heard(5, 1000, 1000);
  others.came(2);
  expect(others.count(1100)).toBe(3);
  others.note(2, 1250);
  others.heard(5, 1500, 1500);
  expect([others.count(1500), others.isInDoubt(1500)]).toEqual([3, true]);
  others.note(0, 2000);
  expect(others.count(2000), "the answer was counted before they were named").toBe(3);
  others.heard(3, 2100, 2100);
  expect([others.count(2100), others.isInDoubt(2100)]).toEqual([3, false]);
});

test("each who comes after the count is taken off, also when those before were named meanwhile", () => {
  const others = new OtherViewers();
  others.came(1);
  others.note(1, 0);
  others.heard(9, 100, 100);
  others.note(0, 250);
  others.came(1);
  others.note(1, 500);
  others.note(0, 750);
  expect(others.count(800)).toBe(7);
});

test("a room that is new takes off everyone whom its gateways bring", () => {
  const others = new OtherViewers();
  others.came(4);
  others.heard(6, 0, 0);
  expect(others.count(0)).toBe(2);
  others.note(0, 250);
  others.heard(6, 300, 300);
  expect(others.count(300)).toBe(6);
  others.came(-3);
  expect(others.count(300), "whoever goes takes nobody along").toBe(6);
});
