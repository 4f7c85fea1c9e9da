import { expect, test } from "vitest";
import { linkChunks } from "./link-chunks.ts";

test("what fits travels together, in order", () => {
  expect(linkChunks(["a", "b"])).toEqual([["a", "b"]]);
  expect(linkChunks([])).toEqual([[]]);
});

test("no message is above a mebibyte, however its characters are encoded", () => {
  const texts = Array.from({ length: 1000 }, () => "€".repeat(2500));
  const chunks = linkChunks(texts);
  expect(chunks.flat()).toEqual(texts);
  expect(chunks.length).toBeGreaterThan(2);
  for (const chunk of chunks) expect(new TextEncoder().encode(chunk.join()).length).toBeLessThan(2 ** 20);
});
