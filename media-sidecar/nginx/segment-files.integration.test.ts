import { writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { useHttpNginx } from "./http-nginx.test-support.ts";

const bench = useHttpNginx();
const { sidecar } = bench;

describe("segments", () => {
  const folder = "seg_abcdefghijklmnop/v0";
  const url = () => `${bench.origin}/hls/${folder}/12.m4s`;
  beforeAll(async () => {
    const directory = join(bench.settings.mediaDirectory, "segments", folder);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "12.m4s"), "0123456789");
    await writeFile(join(directory, "../journal.jsonl"), "secret");
    await writeFile(join(bench.settings.mediaDirectory, "outside.m4s"), "secret");
  });

  it("are immutable files that any site may read", async () => {
    const response = await fetch(url(), { headers: { origin: "https://a.example" } });
    expect(await response.text()).toBe("0123456789");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "video/iso.segment",
      "cache-control": "public, max-age=31536000, immutable",
      "access-control-allow-origin": "*",
    });
    expect(sidecar.requests).toEqual([]);
  });

  it("answer ranges and preflights", async () => {
    const part = await fetch(url(), { headers: { range: "bytes=2-4" } });
    expect([part.status, await part.text()]).toEqual([206, "234"]);
    const preflight = await fetch(url(), { method: "OPTIONS", headers: { origin: "https://a.example" } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Range");
  });

  it.each([
    "/hls/seg_abcdefghijklmnop/v0/13.m4s",
    "/hls/seg_abcdefghijklmnop/journal.jsonl",
    "/hls/seg_abcdefghijklmnop/v0/",
    "/hls/seg_abcdefghijklmnop/v0/..%2f..%2foutside.m4s",
    "/hls/seg_%2e%2e/outside.m4s",
    "/hls/",
    "/hls/x",
  ])("are all there is: %s", async (path) => {
    const response = await fetch(bench.origin + path, { headers: { origin: "https://a.example" } });
    expect(response.status, await response.clone().text()).toBe(404);
    expect(await response.text()).not.toContain("secret");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("parts", () => {
  const folder = "seg_abcdefghijklmnop/v1";
  beforeAll(async () => {
    const directory = join(bench.settings.mediaDirectory, "segments", folder);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "12-0.m4s"), "part");
  });

  it("are immutable files like segments", async () => {
    const response = await fetch(`${bench.origin}/hls/${folder}/12-0.m4s`);
    expect([response.status, await response.text()]).toEqual([200, "part"]);
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(sidecar.requests).toEqual([]);
  });

  it("that are not there yet are asked of the sidecar, and sent from disk when it says that they are", async () => {
    sidecar.respond = () => {
      writeFileSync(join(bench.settings.mediaDirectory, "segments", folder, "12-1.m4s"), "next part");
      return { status: 200, headers: { "x-accel-redirect": `/hls/${folder}/12-1.m4s` } };
    };
    const response = await fetch(`${bench.origin}/hls/${folder}/12-1.m4s`);
    expect([response.status, await response.text()]).toEqual([200, "next part"]);
    expect(response.headers.get("content-type")).toBe("video/iso.segment");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    sidecar.respond = () => ({ status: 404 });
    const absent = await fetch(`${bench.origin}/hls/${folder}/12-9.m4s`);
    expect([absent.status, absent.headers.get("access-control-allow-origin")]).toEqual([404, "*"]);
    expect(sidecar.requests.at(-1)?.url).toBe(`/parts/${folder}/12-9.m4s`);
  });

  it("that the sidecar says are there, and are not, do not go round in circles", async () => {
    sidecar.respond = () => ({ status: 200, headers: { "x-accel-redirect": `/hls/${folder}/13-0.m4s` } });
    expect((await fetch(`${bench.origin}/hls/${folder}/13-0.m4s`)).status).toBe(404);
    expect(sidecar.requests.length).toBeLessThan(3);
  });
});
