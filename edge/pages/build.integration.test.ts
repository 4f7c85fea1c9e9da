import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPages } from "./build.ts";

let directory: string;
let files: string[];
const pages = [
  "index.html",
  "watch.html",
  "studio.html",
  "replay.html",
  "report.html",
  "docs.html",
  "password.html",
  "account.html",
];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "pages-"));
  await buildPages(directory);
  files = (await readdir(directory, { recursive: true })).map((file) => `/${file}`);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test.each(pages)("%s asks only for files that are there, and for none elsewhere", async (page) => {
  const html = await readFile(join(directory, page), "utf8");
  const asked = [...html.matchAll(/<(?:script|link)[^>]*?(?:src|href)="([^"]+)"/g)].map(
    (match) => match[1] ?? "",
  );
  expect(asked.length).toBeGreaterThan(2);
  for (const path of asked) expect(files, path).toContain(path.replace(/\?.*/, ""));
});

test.each(pages)("%s has no inline script, style or handler", async (page) => {
  const html = await readFile(join(directory, page), "utf8");
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(html).not.toMatch(/<style|\sstyle="|\son\w+="/);
  expect(html).not.toContain("<!-- include");
});

test("what may be cached for ever carries a hash of its content", () => {
  const assets = files.filter((file) => /^\/assets\/[^/]+\.(js|css)$/.test(file));
  expect(assets.length).toBeGreaterThan(5);
  for (const asset of assets) expect(asset).toMatch(/-[A-Z0-9]{8}\.(js|css)$/);
});

test("the player is a chunk of its own, so that other pages do not load it", async () => {
  const chunk = files.find((file) => /^\/assets\/hls[^/]*\.js$/.test(file));
  expect(chunk).toBeDefined();
  expect(await readFile(join(directory, "index.html"), "utf8")).not.toContain(chunk);
  expect(await readFile(join(directory, "watch.html"), "utf8")).toContain(chunk);
});
