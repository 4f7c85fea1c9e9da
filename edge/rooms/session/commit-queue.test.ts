import { expect, test } from "vitest";
import type { CommitCommand, CommitResult } from "../../protocol/internal-rooms.ts";
import { CommitQueue } from "./commit-queue.ts";

const say = (userId: string, ref: string, text = "hello"): CommitCommand => ({
  userId,
  ref,
  type: "chat:send",
  data: { text },
});
const fine = (ack: unknown): CommitResult => ({ ok: true, ack });

test("commands go in the order they came, and results go to who sent them", () => {
  const queue = new CommitQueue<string>({ batch: 10, waiting: 10 });
  queue.add(say("usr_a", "1"), "a1");
  queue.add(say("usr_b", "1"), "b1");
  expect(queue.take().map((command) => command.userId)).toEqual(["usr_a", "usr_b"]);
  expect(queue.settle((index) => fine(index))).toEqual([
    { waiter: "a1", result: fine(0) },
    { waiter: "b1", result: fine(1) },
  ]);
  expect(queue.isCommitting).toBe(false);
});

test("a ref that waits is not queued again; both senders get the one answer", () => {
  const queue = new CommitQueue<string>({ batch: 10, waiting: 10 });
  queue.add(say("usr_a", "1"), "first");
  queue.add(say("usr_a", "1"), "again");
  expect(queue.take().length).toBe(1);
  expect(queue.settle(() => fine("x")).map(({ waiter }) => waiter)).toEqual(["first", "again"]);
});

test("a ref that is being committed is joined, and the next batch does not have it", () => {
  const queue = new CommitQueue<string>({ batch: 10, waiting: 10 });
  queue.add(say("usr_a", "1"), "first");
  queue.take();
  queue.add(say("usr_a", "1"), "again");
  expect(queue.isEmpty).toBe(true);
  expect(queue.settle(() => fine("x")).length).toBe(2);
});

test("the same ref of another user is another command", () => {
  const queue = new CommitQueue<string>({ batch: 10, waiting: 10 });
  queue.add(say("usr_a", "1"), "a");
  queue.add(say("usr_b", "1"), "b");
  expect(queue.take().length).toBe(2);
});

test("a batch has its limit, and the rest waits for the next", () => {
  const queue = new CommitQueue<number>({ batch: 3, waiting: 10 });
  for (let index = 0; index < 5; index++) queue.add(say("usr_a", `${index}`), index);
  expect(queue.isFull).toBe(true);
  expect(queue.take().map((command) => command.ref)).toEqual(["0", "1", "2"]);
  expect(() => queue.take()).toThrow();
  queue.settle(() => fine(null));
  expect(queue.take().map((command) => command.ref)).toEqual(["3", "4"]);
});

test("when too many wait, the next is turned away", () => {
  const queue = new CommitQueue<number>({ batch: 3, waiting: 2 });
  expect(queue.add(say("usr_a", "1"), 1)).toBe(true);
  expect(queue.add(say("usr_a", "2"), 2)).toBe(true);
  expect(queue.add(say("usr_a", "3"), 3)).toBe(false);
  expect(queue.add(say("usr_a", "2"), 4)).toBe(true);
});
