import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockDirectory } from "./directory-lock.ts";
import { identify } from "./process-identity.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rostrum-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lockPath = () => join(directory, "lock");

it("is held until it is given back, and leaves nothing behind", () => {
  const release = lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(`in use by another copy (process ${process.pid})`);
  release();
  lockDirectory(directory)();
  expect(readdirSync(directory)).toEqual([]);
});

it("is taken over from a holder that was killed", async () => {
  const holder = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  writeFileSync(lockPath(), JSON.stringify(identify(holder.pid!)));
  expect(() => lockDirectory(directory)).toThrow("in use");
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const release = lockDirectory(directory);
  expect(JSON.parse(readFileSync(lockPath(), "utf8")).pid).toBe(process.pid);
  release();
});

it.each([
  [
    "another process that got the dead holder's pid",
    () => JSON.stringify({ pid: process.pid, startedAt: "earlier" }),
  ],
  ["a half-written file", () => '{"pid": 1'],
  ["an empty file", () => ""],
])("is not kept by %s", (_name, content) => {
  writeFileSync(lockPath(), content());
  lockDirectory(directory)();
  expect(readdirSync(directory)).toEqual([]);
});
