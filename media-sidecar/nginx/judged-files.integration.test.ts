import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { playbackToken, useHttpNginx } from "./http-nginx.test-support.ts";

const bench = useHttpNginx();
const { sidecar } = bench;
const playbackId = bench.freshPlaybackId();
const url = (file: string) => `${bench.origin}/hls/${playbackId}/${file}`;

beforeAll(async () => {
  const { mediaDirectory } = bench.settings;
  for (const folder of ["thumbnails", `recordings/${playbackId}/v0`])
    await mkdir(join(mediaDirectory, folder), { recursive: true });
  await writeFile(join(mediaDirectory, `thumbnails/${playbackId}.jpg`), "live picture");
  await writeFile(join(mediaDirectory, `recordings/${playbackId}/poster.jpg`), "poster");
  await writeFile(join(mediaDirectory, `recordings/${playbackId}/v0/3.m4s`), "segment");
});

describe("files behind the sidecar's verdict", () => {
  it.each([
    ["thumbnail.jpg", "live picture", "image/jpeg", "private, max-age=5"],
    ["poster.jpg", "poster", "image/jpeg", "private, max-age=60"],
    ["v0/3.m4s", "segment", "video/iso.segment", "private, max-age=31536000, immutable"],
  ])("%s is sent with the time it holds", async (file, body, type, caching) => {
    const response = await fetch(url(`~${playbackToken}/${file}`));
    expect([response.status, await response.text()]).toEqual([200, body]);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toBe(caching);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it.each(["thumbnail.jpg", "poster.jpg", "v0/3.m4s"])("%s is nobody's who may not watch", async (file) => {
    // Each under a token of its own: a verdict is remembered for seconds.
    const path = (status: number) => url(`~eyJ${status}${file.length}/${file}`);
    for (const [verdict, answer] of [
      [401, 401],
      [403, 404],
      [503, 503],
    ] as const) {
      sidecar.respond = () => ({ status: verdict });
      const response = await fetch(path(verdict));
      expect(response.status, await response.clone().text()).toBe(answer);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  it("are a problem where there are none", async () => {
    const absent = await fetch(`${bench.origin}/hls/${bench.freshPlaybackId()}/thumbnail.jpg`);
    expect(absent.status).toBe(404);
    expect(await absent.json()).toMatchObject({ type: "/problems/not-found" });
  });
});
