import { expect, it } from "vitest";
import { outdated, type Retained } from "./retention.ts";

const day = 24 * 3600 * 1000;
const now = 100 * day;
const of = (recordingId: string, daysAgo: number | null, more: Partial<Retained> = {}): Retained => ({
  recordingId,
  endedAtMs: daysAgo === null ? null : now - daysAgo * day,
  bytes: 10,
  needed: false,
  ...more,
});
const forEver = { keepDays: null, mostBytes: null };

it("keeps everything where nothing is said", () => {
  expect(outdated([of("a", 99), of("b", 1)], now, forEver)).toEqual([]);
});

it("lets go what is older than the days that are kept", () => {
  expect(outdated([of("b", 6), of("a", 31), of("c", 30)], now, { ...forEver, keepDays: 30 })).toEqual(["a"]);
});

it("lets go the oldest first until the rest is small enough, counting what may not go", () => {
  const all = [of("new", 1), of("old", 9), of("older", 12), of("recording", null, { bytes: 15 })];
  expect(outdated(all, now, { ...forEver, mostBytes: 30 })).toEqual(["older", "old"]);
});

it("never lets go what is recorded now, nor the only copy of what is to be uploaded", () => {
  const all = [of("a", null, { bytes: 1000 }), of("b", 50, { needed: true })];
  expect(outdated(all, now, { keepDays: 1, mostBytes: 1 })).toEqual([]);
});

it("lets nothing go when the clock has jumped back", () => {
  expect(outdated([of("a", 1)], now - 50 * day, { ...forEver, keepDays: 3 })).toEqual([]);
});
