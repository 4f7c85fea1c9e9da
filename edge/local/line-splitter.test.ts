import { expect, it } from "vitest";
import { createLineSplitter } from "./line-splitter.ts";

function split(chunks: string[], longest?: number): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), longest);
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

it("joins a line that arrives in pieces, and ends the last one without a newline", () => {
  expect(split(["on", "e\ntw", "o\r\n", "\nthree"])).toEqual(["one", "two", "three"]);
});

it("cuts a line without end, so that memory stays bounded", () => {
  expect(split(["x".repeat(30), "y"], 10)).toEqual([`${"x".repeat(10)} …`, "y"]);
});
