import { expect, test } from "vitest";
import { GatheredCalls, SharedRead } from "./gathered-calls.ts";

test("questions that come together make one call, and each gets its own answer", async () => {
  const calls: string[][] = [];
  const gathered = new GatheredCalls<string, string>(
    { gatherMs: 1, limit: 10, atOnce: 9 },
    async (questions) => {
      calls.push(questions);
      return questions.map((question) => `${question}!`);
    },
  );
  expect(await Promise.all(["a", "b", "c"].map((question) => gathered.ask(question)))).toEqual([
    "a!",
    "b!",
    "c!",
  ]);
  expect(calls).toEqual([["a", "b", "c"]]);
});

test("a call is never larger than its limit", async () => {
  const sizes: number[] = [];
  const gathered = new GatheredCalls<number, number>(
    { gatherMs: 1, limit: 3, atOnce: 9 },
    async (questions) => {
      sizes.push(questions.length);
      return questions;
    },
  );
  expect(await Promise.all([1, 2, 3, 4, 5].map((question) => gathered.ask(question)))).toEqual([
    1, 2, 3, 4, 5,
  ]);
  expect(sizes).toEqual([3, 2]);
});

test("while so many calls run, the rest wait and go together", async () => {
  const calls: number[][] = [];
  const ends: (() => void)[] = [];
  const gathered = new GatheredCalls<number, number>(
    { gatherMs: 1, limit: 3, atOnce: 1 },
    async (questions) => {
      calls.push(questions);
      await new Promise<void>((resolve) => ends.push(resolve));
      return questions;
    },
  );
  const answers = Promise.all([1, 2, 3, 4, 5].map((question) => gathered.ask(question)));
  expect(calls).toEqual([[1, 2, 3]]);
  const late = gathered.ask(6);
  ends.shift()!();
  await expect
    .poll(() => calls)
    .toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  ends.shift()!();
  expect([...(await answers), await late]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a call that fails, or forgets someone, fails those who asked", async () => {
  const failing = new GatheredCalls<number, number>({ gatherMs: 1, limit: 3, atOnce: 9 }, async () => {
    throw new Error("away");
  });
  await expect(failing.ask(1)).rejects.toThrow("away");
  const forgetful = new GatheredCalls<number, number>({ gatherMs: 1, limit: 3, atOnce: 9 }, async () => []);
  await expect(forgetful.ask(1)).rejects.toThrow();
});

test("a read is shared while it is fresh, and a failed one is not kept", async () => {
  let reads = 0;
  const shared = new SharedRead(
    1000,
    (value: number) => value !== 1,
    async () => ++reads,
  );
  expect(await Promise.all([shared.get(0), shared.get(500)])).toEqual([1, 1]);
  expect(await shared.get(600)).toBe(2);
  expect(await shared.get(1500)).toBe(2);
  expect(await shared.get(1600)).toBe(3);
  shared.forget();
  expect(await shared.get(1600)).toBe(4);
});

test("a shared read that does not serve any more is read again, once for all whom it does not serve", async () => {
  let reads = 0;
  const shared = new SharedRead(
    1000,
    () => true,
    async () => ++reads,
  );
  expect(await shared.get(0)).toBe(1);
  const newer = (value: number) => value > 1;
  expect(await Promise.all([shared.get(1, newer), shared.get(1, newer)])).toEqual([2, 2]);
  expect(await shared.get(2, () => false)).toBe(3);
});
