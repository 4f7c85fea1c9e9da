import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OthersMemory } from "./others-memory.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function memory() {
  const asked: string[][] = [];
  const waiting: (() => void)[] = [];
  const state = { others: 3, hangs: false, fails: false };
  const kept = new OthersMemory(
    async (ids) => {
      asked.push([...ids]);
      if (state.fails) throw new Error("away");
      if (state.hangs) await new Promise<void>((resolve) => waiting.push(resolve));
      return new Map(ids.map((id) => [id, state.others]));
    },
    () => {},
  );
  const read = async (...ids: string[]) => (await kept.read(ids)).map(({ others }) => others);
  return { asked, waiting, state, read };
}

test("callers at once share one count, and a count is kept for a moment only", async () => {
  const { asked, state, read } = memory();
  expect(await Promise.all([read("a", "b"), read("a"), read("b", "c")])).toEqual([[3, 3], [3], [3, 3]]);
  expect(asked).toEqual([["a", "b"], ["c"]]);
  state.others = 4;
  vi.advanceTimersByTime(1000);
  expect(await read("a")).toEqual([3]);
  vi.advanceTimersByTime(1000);
  expect(await read("a")).toEqual([4]);
});

test("who waits for another's count that never ends asks for themselves", async () => {
  const { asked, state, read } = memory();
  state.hangs = true;
  void read("a");
  state.hangs = false;
  const follower = read("a");
  await vi.advanceTimersByTimeAsync(1000);
  expect(await follower).toEqual([3]);
  expect(asked).toEqual([["a"], ["a"]]);
});

test("a count that failed is not kept", async () => {
  const { state, read } = memory();
  state.fails = true;
  await expect(read("a")).rejects.toThrow("away");
  state.fails = false;
  expect(await read("a")).toEqual([3]);
});
