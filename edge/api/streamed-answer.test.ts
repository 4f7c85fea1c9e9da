import { expect, test } from "vitest";
import { keysetPages } from "./keyset-pages.ts";
import { type StreamEnd, streamText } from "./streamed-answer.ts";

async function stream(parts: AsyncGenerator<string, void, undefined>) {
  const ends: StreamEnd[] = [];
  return { body: await streamText(parts, (end) => ends.push(end)), ends };
}

/** Numbers from 1 to `count` as pages of text; tells what was asked for. */
function numbers(count: number, failAt = Number.POSITIVE_INFINITY) {
  const read: number[] = [];
  let isLeft = false;
  async function* parts() {
    try {
      const pages = keysetPages<number>(async (after, limit) => {
        const from = (after ?? 0) + 1;
        read.push(from);
        if (from >= failAt) throw new Error("the database is away");
        return Array.from(
          { length: Math.max(0, Math.min(limit, count + 1 - from)) },
          (_, index) => from + index,
        );
      }, 2);
      for await (const page of pages) yield page.map((number) => `${number};`).join("");
    } finally {
      isLeft = true;
    }
  }
  return { parts: parts(), read, isLeft: () => isLeft };
}

test("all pages go out, the last one whole or not", async () => {
  for (const [count, text] of [
    [0, ""],
    [1, "1;"],
    [2, "1;2;"],
    [5, "1;2;3;4;5;"],
  ] as const) {
    const { body, ends } = await stream(numbers(count).parts);
    expect(await new Response(body).text()).toBe(text);
    expect(ends).toEqual([{ outcome: "complete" }]);
  }
});

test("no page is made before somebody has room for it", async () => {
  const { parts, read } = numbers(10);
  const { body } = await stream(parts);
  const reader = body.getReader();
  await reader.read();
  expect(read).toEqual([1]);
  await reader.read();
  expect(read).toEqual([1, 3]);
});

test("a reader who leaves ends the reading", async () => {
  const { parts, read, isLeft } = numbers(10);
  const { body, ends } = await stream(parts);
  const reader = body.getReader();
  await reader.read();
  await reader.cancel();
  expect(ends).toEqual([{ outcome: "left" }]);
  expect(read).toEqual([1]);
  expect(isLeft()).toBe(true);
});

test("what fails midway breaks the body off", async () => {
  const { body, ends } = await stream(numbers(10, 3).parts);
  await expect(new Response(body).text()).rejects.toThrow("the database is away");
  expect(ends).toMatchObject([{ outcome: "failed" }]);
});

test("what fails before the first part fails the answer itself", async () => {
  await expect(stream(numbers(10, 1).parts)).rejects.toThrow("the database is away");
});
