import { expect, test } from "vitest";
import { BoundedQueue } from "./bounded-queue.ts";
import { hashOfNobody, parseStoredHash } from "./stored-hash.ts";

test("the hash of nobody has today's parameters", () => {
  expect(parseStoredHash(hashOfNobody)).toMatchObject({ cost: 16_384, blockSize: 8, parallelization: 5 });
});

test.each([
  "",
  "plain",
  "scrypt$16384$8$5$c2FsdHNhbHQ",
  "scrypt$16385$8$5$c2FsdHNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaa",
  "scrypt$999999$8$5$c2FsdHNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaa",
  "scrypt$16384$99$5$c2FsdHNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaa",
])("%j is not a hash of ours", (text) => {
  expect(parseStoredHash(text)).toBeNull();
});

test("a queue runs one job after another and refuses what is too many", async () => {
  const queue = new BoundedQueue(2);
  const order: string[] = [];
  const job = (name: string) => async () => {
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} ends`);
    return name;
  };
  const [first, second, third] = [queue.run(job("first")), queue.run(job("second")), queue.run(job("third"))];
  expect(third).toBeNull();
  expect(await Promise.all([first, second])).toEqual(["first", "second"]);
  expect(order).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  expect(queue.size).toBe(0);
});

test("a job that fails leaves the queue usable", async () => {
  const queue = new BoundedQueue(1);
  await expect(queue.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await queue.run(async () => 1)).toBe(1);
});
