import { describe, expect, it } from "vitest";
import { waitFor } from "../../testing/support/wait-for.ts";
import { playbackToken, playlist, streamKey, useHttpNginx } from "./http-nginx.test-support.ts";

const bench = useHttpNginx();
const { sidecar } = bench;

describe("playlists", () => {
  const verdicts = () => sidecar.requests.filter(({ url }) => url === "/authorise");
  /** As it is answered otherwise, but kept for as long as any of these tests takes, instead of a second. */
  const keptForLong = () => {
    const usual = sidecar.respond;
    sidecar.respond = (request) => {
      const answer = usual(request);
      return { ...answer, headers: { ...answer.headers, "x-accel-expires": "60" } };
    };
  };
  const renderings = () => sidecar.requests.filter(({ url }) => url?.startsWith("/playlists/"));

  it("come from the sidecar once for many who ask at the same time, whatever their token", async () => {
    keptForLong();
    const playbackId = bench.freshPlaybackId();
    const paths = [
      `${bench.origin}/hls/${playbackId}/v0.m3u8`,
      `${bench.origin}/hls/${playbackId}/~${playbackToken}/v0.m3u8`,
    ];
    const responses = await Promise.all([...paths, ...paths, ...paths, ...paths].map((path) => fetch(path)));
    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(renderings().map(({ url }) => url)).toEqual([`/playlists/${playbackId}/v0.m3u8`]);
    const [response] = responses;
    expect(await response?.text()).toBe(playlist);
    expect(Object.fromEntries(response!.headers)).toMatchObject({
      "content-type": "application/vnd.apple.mpegurl",
      "cache-control": "max-age=1",
      "content-encoding": "gzip",
      "access-control-allow-origin": "*",
    });
  });

  it("that somebody waits for come from the sidecar each time, behind the same verdict", async () => {
    const playbackId = bench.freshPlaybackId();
    const url = `${bench.origin}/hls/${playbackId}/~${playbackToken}/v0.m3u8`;
    await fetch(url);
    for (const query of ["_HLS_msn=7", "_HLS_msn=7&_HLS_part=1&_HLS_skip=YES", "_HLS_part=1", "_HLS_msn=7"])
      expect((await fetch(`${url}?${query}`)).status).toBe(200);
    expect(renderings().map((request) => request.url)).toEqual([
      `/playlists/${playbackId}/v0.m3u8`,
      `/playlists/${playbackId}/v0.m3u8?_HLS_msn=7`,
      `/playlists/${playbackId}/v0.m3u8?_HLS_msn=7&_HLS_part=1&_HLS_skip=YES`,
      `/playlists/${playbackId}/v0.m3u8?_HLS_part=1`,
      `/playlists/${playbackId}/v0.m3u8?_HLS_msn=7`,
    ]);
    expect(verdicts()).toHaveLength(1);
  });

  it("that leave out old segments are kept beside the whole ones, and other parameters change nothing", async () => {
    keptForLong();
    const playbackId = bench.freshPlaybackId();
    const url = `${bench.origin}/hls/${playbackId}/v0.m3u8`;
    for (const query of ["", "?_HLS_skip=YES", "?x=1", "?_HLS_skip=YES&x=2", "?_HLS_skip=v2"])
      await fetch(url + query);
    expect(renderings().map((request) => request.url)).toEqual([
      `/playlists/${playbackId}/v0.m3u8`,
      `/playlists/${playbackId}/v0.m3u8?_HLS_skip=YES`,
    ]);
  });

  it("are asked for with playback id and token, and the verdict is kept for both together", async () => {
    const playbackId = bench.freshPlaybackId();
    for (const path of [`/~${playbackToken}`, `/~${playbackToken}`, ""])
      await fetch(`${bench.origin}/hls/${playbackId}${path}/master.m3u8`);
    expect(
      verdicts().map(({ headers }) => [headers["x-playback-id"], headers["x-playback-token"] ?? ""]),
    ).toEqual([
      [playbackId, playbackToken],
      [playbackId, ""],
    ]);
  });

  it("of a stream one may not see do not exist, and a bad token is said to be bad", async () => {
    const verdict = async (status: number) => {
      sidecar.respond = () => ({ status });
      const response = await fetch(
        `${bench.origin}/hls/${bench.freshPlaybackId()}/~${playbackToken}/master.m3u8`,
      );
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("cache-control")).toBe("no-store");
      return ((await response.json()) as { type: string }).type;
    };
    expect(await verdict(403)).toBe("/problems/not-found");
    expect(await verdict(401)).toBe("/problems/unauthenticated");
    expect(await verdict(503)).toBe("/problems/unavailable");
  });

  it("are not kept while the stream has none", async () => {
    const playbackId = bench.freshPlaybackId();
    const url = `${bench.origin}/hls/${playbackId}/master.m3u8`;
    sidecar.respond = (request) => ({ status: request.url === "/authorise" ? 204 : 404 });
    const absent = await fetch(url);
    expect([absent.status, absent.headers.get("cache-control")]).toEqual([404, "no-store"]);
    sidecar.respond = (request) => ({ status: request.url === "/authorise" ? 204 : 200, body: playlist });
    expect((await fetch(url)).status).toBe(200);
  });

  it("are only read", async () => {
    const response = await fetch(`${bench.origin}/hls/${bench.freshPlaybackId()}/master.m3u8`, {
      method: "POST",
      body: "x",
    });
    expect(response.status).toBe(404);
    expect(sidecar.requests).toEqual([]);
  });

  it("are a 503 problem while the sidecar is away, never a stale permission", async () => {
    await sidecar.close();
    const response = await fetch(`${bench.origin}/hls/${bench.freshPlaybackId()}/master.m3u8`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ type: "/problems/unavailable" });
    await sidecar.open();
  });
});

it("a playlist bridges a restart of the sidecar, for viewers whose permission is fresh", async () => {
  const path = `${bench.origin}/hls/${bench.freshPlaybackId()}/v0.m3u8`;
  await fetch(path).then((response) => response.text());
  await sidecar.close();
  const cached = () => fetch(path).then((response) => response.headers.get("date"));
  const first = await cached();
  // Past the second for which it is fresh.
  await waitFor("a later answer", async () => Date.parse((await cached())!) > Date.parse(first!) + 1000);
  const response = await fetch(path);
  expect([response.status, await response.text()]).toEqual([200, playlist]);
  await sidecar.open();
});

describe("the stream key's address", () => {
  it("redirects, keeps the key from every log, and is limited", async () => {
    sidecar.respond = () => ({
      status: 302,
      headers: { location: "/hls/pb_a/master.m3u8", "cache-control": "no-store" },
    });
    const ask = () => fetch(`${bench.origin}/hls/${streamKey}/master.m3u8`, { redirect: "manual" });
    const first = await ask();
    expect([first.status, first.headers.get("location"), first.headers.get("cache-control")]).toEqual([
      302,
      "/hls/pb_a/master.m3u8",
      "no-store",
    ]);
    expect(sidecar.requests[0]?.headers["x-stream-key"]).toBe(streamKey);
    expect(sidecar.requests[0]?.url).toBe("/redirect");
    const others = await Promise.all(Array.from({ length: 20 }, ask));
    const limited = others.find(({ status }) => status === 429);
    expect(limited, `statuses ${others.map(({ status }) => status)}`).toBeDefined();
    expect(await limited?.json()).toMatchObject({
      type: "/problems/too-many-requests",
      retryAfterSeconds: 5,
    });
  });

  it("with anything else behind it is nothing", async () => {
    const response = await fetch(`${bench.origin}/hls/${streamKey}/v0.m3u8`);
    expect(response.status).toBe(404);
    expect(sidecar.requests).toEqual([]);
  });
});
