import { readFile, stat, truncate } from "node:fs/promises";
import { expect, it } from "vitest";
import { waitFor } from "../../testing/support/wait-for.ts";
import { rotateAccessLog } from "./access-log-rotation.ts";
import { playbackToken, streamKey, useHttpNginx } from "./http-nginx.test-support.ts";

const bench = useHttpNginx();
const { sidecar } = bench;

const isOfPlaylist = (path: string) => path.includes("v9.m3u8");
const isWrittenAnew = (path: string) =>
  waitFor("a line in the new file", async () => {
    await fetch(`${bench.origin}/api/rotated`).then((response) => response.text());
    return (await readFile(path, "utf8")).includes("/api/rotated");
  });

it("logs say who asked for what as JSON, without keys, tokens and arguments", async () => {
  for (const path of [
    `/api/seen?secret=${streamKey}`,
    `/other/${streamKey}/x`,
    `/hls/${streamKey}/v1.m3u8`,
    `/hls/${bench.freshPlaybackId()}/~${playbackToken}/v9.m3u8`,
    `/ws?token=${playbackToken}`,
  ]) {
    sidecar.respond = () => ({ status: 404 });
    await fetch(bench.origin + path).then((response) => response.text());
  }
  await sidecar.close();
  await fetch(`${bench.origin}/hls/${bench.freshPlaybackId()}/~${playbackToken}/v9.m3u8`).then((response) =>
    response.text(),
  );
  await fetch(`${bench.origin}/hls/${streamKey}/master.m3u8`).then((response) => response.text());
  await sidecar.open();

  // nginx answers first and writes then, each of its workers for itself.
  const { log, lines } = await waitFor("a line of each", async () => {
    const log = await readFile(bench.accessLog, "utf8");
    const lines = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const paths = lines.map(({ path }) => String(path));
    const isThere = (what: string) => paths.some((path) => path.includes(what));
    if (["/api/seen", "[stream key]", "/ws"].every(isThere) && paths.filter(isOfPlaylist).length === 2)
      return { log, lines };
    throw new Error(paths.join(" "));
  });
  expect(lines.find(({ path }) => path === "/api/seen")).toMatchObject({
    service: "nginx-http",
    event: "request",
    method: "GET",
    status: 200,
    address: "127.0.0.1",
  });
  expect(lines.map(({ path }) => path)).toContain("[stream key]");
  for (const text of [log, bench.output()]) {
    expect(text).not.toContain(streamKey);
    expect(text).not.toContain("eyJ");
  }
});

it("the access log is put aside when it has grown large, and goes on in a new file", async () => {
  const path = bench.accessLog;
  await rotateAccessLog(bench.settings.dataDirectory);
  await expect(stat(`${path}.1`)).rejects.toThrow();
  await truncate(path, 40 * 1024 * 1024);
  await rotateAccessLog(bench.settings.dataDirectory);
  expect((await stat(`${path}.1`)).size).toBe(40 * 1024 * 1024);
  await isWrittenAnew(path);
});

it("no line, and so no address, is kept beyond a day", async () => {
  const path = bench.accessLog;
  await fetch(`${bench.origin}/api/before`).then((response) => response.text());
  await waitFor("the line", async () => (await readFile(path, "utf8")).includes("/api/before"));
  const inHours = (hours: number) =>
    rotateAccessLog(bench.settings.dataDirectory, Date.now() + hours * 3_600_000);
  await inHours(11);
  expect(await readFile(path, "utf8")).toContain("/api/before");
  await inHours(12);
  expect(await readFile(`${path}.1`, "utf8")).toContain("/api/before");
  await inHours(24);
  await expect(stat(`${path}.1`)).rejects.toThrow();
  await isWrittenAnew(path);
});
