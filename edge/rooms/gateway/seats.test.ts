import { expect, test } from "vitest";
import { FrameBudget } from "./frame-budget.ts";
import { Seats } from "./seats.ts";

const fresh = (now: number) => ({ heardAt: now });

test("five places a person, reservations included", () => {
  const seats = new Seats(5);
  const open = [fresh(0), fresh(0), fresh(0)];
  expect(seats.reserve("usr_a", open, 0).ok).toBe(true);
  expect(seats.reserve("usr_a", open, 0).ok).toBe(true);
  expect(seats.reserve("usr_a", open, 0).ok).toBe(false);
  expect(seats.reserve("usr_b", [], 0).ok).toBe(true);
});

test("a reservation that nobody took up is free again", () => {
  const seats = new Seats(1);
  expect(seats.reserve("usr_a", [], 0).ok).toBe(true);
  expect(seats.reserve("usr_a", [], 9_999).ok).toBe(false);
  expect(seats.reserve("usr_a", [], 10_000).ok).toBe(true);
});

test("a seat is for one person and one socket", () => {
  const seats = new Seats(5);
  const decision = seats.reserve("usr_a", [], 0);
  if (!decision.ok) throw new Error("no seat");
  expect(seats.take(decision.seat, "usr_b")).toBe(false);
  expect(seats.take(decision.seat, "usr_a")).toBe(true);
  expect(seats.take(decision.seat, "usr_a")).toBe(false);
  expect(seats.take("made up", "usr_a")).toBe(false);
});

test("a socket that missed its ping gives way, the longest silent first", () => {
  const seats = new Seats(2);
  const lost = { heardAt: 1_000 };
  const decision = seats.reserve("usr_a", [{ heardAt: 30_000 }, lost], 36_001);
  expect(decision).toMatchObject({ ok: true });
  expect(decision.ok && decision.giveWay).toBe(lost);
  expect(new Seats(2).reserve("usr_a", [{ heardAt: 30_000 }, lost], 35_999).ok).toBe(false);
});

test("twenty frames at once are allowed, the next is flooding", () => {
  const budget = new FrameBudget(20, 0);
  for (let frame = 0; frame < 20; frame++) expect(budget.spend(0)).toBe(true);
  expect(budget.spend(0)).toBe(false);
});

test("frames come back with time, and never more than a second's worth", () => {
  const budget = new FrameBudget(20, 0);
  for (let frame = 0; frame < 20; frame++) budget.spend(0);
  expect(budget.spend(40)).toBe(false);
  expect(budget.spend(60)).toBe(true);
  let passed = 0;
  while (budget.spend(60_000)) passed++;
  expect(passed).toBe(20);
});

test("a steady twenty a second never floods", () => {
  const budget = new FrameBudget(20, 0);
  for (let frame = 1; frame <= 500; frame++) expect(budget.spend(frame * 50)).toBe(true);
});
