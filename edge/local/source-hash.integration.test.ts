import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hashSources } from "./source-hash.ts";

let root: string;
const write = (path: string, content: string) => writeFileSync(join(root, path), content);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rostrum-sources-"));
  mkdirSync(join(root, "edge/api"), { recursive: true });
  write("edge/api/a.ts", "one");
  write("lock", "1");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const hash = () => hashSources(root, ["edge", "lock", "absent"]);

it("changes with a file's content, its name, and a new file", async () => {
  const hashes = [await hash()];
  write("edge/api/a.ts", "two");
  hashes.push(await hash());
  write("edge/api/b.ts", "");
  hashes.push(await hash());
  write("lock", "2");
  hashes.push(await hash());
  expect(new Set(hashes).size).toBe(hashes.length);
});

it("stays when only a test changes", async () => {
  const before = await hash();
  write("edge/api/a.test.ts", "expect(1).toBe(1)");
  expect(await hash()).toBe(before);
});
