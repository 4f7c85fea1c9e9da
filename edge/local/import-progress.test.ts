import { expect, test } from "vitest";
import type { ImportMessage } from "../protocol/user-import.ts";
import { ImportProgress } from "./import-progress.ts";

const summary: ImportMessage = {
  type: "summary",
  created: 2,
  updated: 0,
  skipped: 1,
  invalid: 0,
  dryRun: false,
};

function show(isTerminal: boolean, ...messages: ImportMessage[]) {
  const printed: string[] = [];
  const drawn: string[] = [];
  const progress = new ImportProgress({
    print: (text) => void printed.push(text),
    draw: isTerminal ? (text) => void drawn.push(text) : null,
  });
  for (const message of messages) progress.take(message);
  return { printed, drawn, exitCode: progress.exitCode };
}

test("on a terminal a bar fills, and makes room for what is said", () => {
  const { printed, drawn } = show(
    true,
    { type: "progress", done: 0, total: 4 },
    { type: "row", line: 3, status: "invalid", detail: "there is no email" },
    { type: "progress", done: 2, total: 4 },
    { type: "progress", done: 4, total: 4 },
  );
  expect(drawn).toEqual([
    `${"░".repeat(40)}   0 %  0 of 4`,
    "",
    `${"█".repeat(20)}${"░".repeat(20)}  50 %  2 of 4`,
    `${"█".repeat(40)} 100 %  4 of 4`,
    "",
  ]);
  expect(printed).toEqual(["line 3: invalid, there is no email"]);
});

test("a file gets a few lines of progress, whatever the size", () => {
  const steps = Array.from(
    { length: 501 },
    (_, step): ImportMessage => ({ type: "progress", done: step, total: 500 }),
  );
  expect(show(false, ...steps).printed.length).toBe(10);
});

test("rows without a word to say are counted in the summary alone", () => {
  const { printed, exitCode } = show(false, { type: "row", line: 2, status: "created" }, summary);
  expect(printed).toEqual(["Created 2, updated 0, skipped 1, invalid 0."]);
  expect(exitCode).toBe(0);
});

test("invalid rows and an import that stopped are failures; one that said no end has none yet", () => {
  expect(show(false, { ...summary, invalid: 1 }).exitCode).toBe(1);
  const problem = { type: "/problems/internal", title: "Something went wrong", status: 500 };
  expect(show(false, { type: "error", problem }).exitCode).toBe(1);
  expect(show(false, { type: "progress", done: 0, total: 0 }).exitCode).toBeNull();
});

test("thousands of invalid rows do not bury the summary", () => {
  const rows = Array.from(
    { length: 1500 },
    (_, line): ImportMessage => ({ type: "row", line, status: "invalid", detail: "x" }),
  );
  const { printed } = show(false, ...rows, summary);
  expect(printed.length).toBe(1002);
  expect(printed.at(-2)).toBe("… and 500 rows more.");
});
