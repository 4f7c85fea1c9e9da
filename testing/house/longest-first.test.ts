import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { longFiles } from "./longest-first.ts";
import { repositoryRoot } from "./source-files.ts";

it("begins a run of tests with files that exist", () => {
  expect(longFiles.filter((path) => !existsSync(join(repositoryRoot, path)))).toEqual([]);
  expect(new Set(longFiles).size).toBe(longFiles.length);
});
