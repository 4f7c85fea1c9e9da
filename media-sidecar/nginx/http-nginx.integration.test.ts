import { writeFileSync } from "node:fs";
import { mkdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { waitFor } from "../../testing/support/wait-for.ts";
import { type MediaSettings, mediaProcesses } from "../processes.ts";
import { testMediaSettings } from "../test-media-settings.ts";
import { startProcess, type TestProcess } from "../test-process.ts";
import { rotateAccessLog } from "./access-log-rotation.ts";

interface Upstream {
  server: Server;
  port: number;
  requests: IncomingMessage[];
  respond: (request: IncomingMessage) => { status: number; headers?: Record<string, string>; body?: string };
}

async function upstream(port = 0): Promise<Upstream> {
  const made: Upstream = {
    requests: [],
    respond: () => ({ status: 200, body: "ok" }),
    port,
    server: createServer((request, response) => {
      made.requests.push(request);
      request.resume();
      request.on("end", () => {
        const { status, headers = {}, body = "" } = made.respond(request);
        response.writeHead(status, headers).end(body);
      });
    }),
  };
  await new Promise<void>((resolve) => made.server.listen(port, "127.0.0.1", resolve));
  made.port = (made.server.address() as AddressInfo).port;
  return made;
}

async function closed({ server }: Upstream): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await done;
}

const key = "sk_0123456789abcdefghijklmnopqrstuv";
const token = "eyJhbGciOiJIUzI1NiJ9.eyJwYiI6InBiX2EifQ.c2lnbmF0dXJl";
const playlist = `#EXTM3U\n${"#EXT-X-PADDING\n".repeat(100)}`;

let api: Upstream;
let rooms: Upstream;
let sidecar: Upstream;
let settings: MediaSettings;
let nginx: TestProcess;
let origin: string;

async function startNginx(more: Partial<MediaSettings> = {}): Promise<void> {
  settings = await testMediaSettings({
    apiUpstream: `127.0.0.1:${api.port}`,
    roomsUpstream: `localhost:${rooms.port}`,
    sidecarPort: sidecar.port,
    ...more,
  });
  nginx = await startProcess(mediaProcesses(settings).find(({ name }) => name === "nginx-http")!);
  origin = `http://127.0.0.1:${settings.httpPort}`;
}

beforeAll(async () => {
  api = await upstream();
  rooms = await upstream();
  sidecar = await upstream();
  await startNginx();
});
afterAll(async () => {
  await nginx.stop();
  await Promise.all([api, rooms, sidecar].map(closed));
  await rm(settings.dataDirectory, { recursive: true, force: true });
});
beforeEach(() => {
  for (const each of [api, rooms, sidecar]) each.requests.length = 0;
  api.respond = () => ({ status: 200, body: "api" });
  sidecar.respond = (request) =>
    request.url === "/authorise"
      ? { status: 204 }
      : { status: 200, headers: { "content-type": "application/vnd.apple.mpegurl" }, body: playlist };
});

let streams = 0;
/** A playback id nobody asked for before, so that no cache knows it. */
const fresh = () => `pb_${++streams}abcdefghij`;

describe("the API behind nginx-http", () => {
  it("is told who asks, and never what a client claims about it", async () => {
    await fetch(`${origin}/api/events?limit=3`, {
      headers: { "x-forwarded-for": "8.8.8.8", "x-forwarded-proto": "https", "x-request-id": "forged" },
    });
    const [request] = api.requests;
    expect(request?.url).toBe("/api/events?limit=3");
    expect(request?.headers).toMatchObject({
      host: `127.0.0.1:${settings.httpPort}`,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
    });
    expect(request?.headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("serves pages, and its own errors pass as they are", async () => {
    api.respond = () => ({ status: 404, body: "the API's own" });
    const response = await fetch(`${origin}/watch/str_a`);
    expect([response.status, await response.text()]).toEqual([404, "the API's own"]);
  });

  it("lets a large file through to the import of users, and to nothing else", async () => {
    const send = (path: string) =>
      fetch(`${origin}${path}`, { method: "POST", body: Buffer.alloc(20 * 1024 * 1024, 10) });
    expect((await send("/api/users/import?dryRun=true")).status).toBe(200);
    expect(api.requests[0]?.headers["content-length"]).toBe(String(20 * 1024 * 1024));
    expect((await send("/api/users/importx")).status).toBe(413);
  });

  it("answers a problem when a body is larger than anything takes", async () => {
    const response = await fetch(`${origin}/api/events`, {
      method: "POST",
      body: Buffer.alloc(17 * 1024 * 1024),
    });
    expect(response.status, await response.clone().text()).toBe(413);
    expect(await response.json()).toMatchObject({ type: "/problems/too-large" });
  });

  it("is a 503 problem while it is away, and there again when it is back", async () => {
    const { port } = api;
    await closed(api);
    const response = await fetch(`${origin}/api/health`);
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await response.json()).toMatchObject({ type: "/problems/unavailable", status: 503 });
    api = await upstream(port);
    const back = await fetch(`${origin}/api/health`);
    expect(back.status, await back.text()).toBe(200);
  });

  it.each([
    "/internal/media/publish",
    "/internal",
    "/metrics",
    "/parties/session/x",
    "/party/x",
    "/_/verdict",
  ])("and everything else never see %s", async (path) => {
    const response = await fetch(origin + path, { headers: { "x-playback-id": "pb_a" } });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ type: "/problems/not-found" });
    expect([...api.requests, ...rooms.requests, ...sidecar.requests]).toEqual([]);
  });
});

describe("/ws behind nginx-http", () => {
  it("is a WebSocket to the rooms", async () => {
    const sockets = new WebSocketServer({ server: rooms.server, path: "/ws" });
    sockets.on("connection", (socket) => socket.on("message", (text) => socket.send(`heard ${text}`)));
    const client = new WebSocket(`ws://127.0.0.1:${settings.httpPort}/ws?token=${token}`);
    const heard = await new Promise((resolve, reject) => {
      client.on("open", () => client.send("hello"));
      client.on("message", (text) => resolve(String(text)));
      client.on("error", reject);
    });
    expect(heard).toBe("heard hello");
    client.close();
    sockets.close();
  });

  it("passes a refusal of the upgrade on", async () => {
    rooms.respond = () => ({ status: 401 });
    const refusals: number[] = [];
    rooms.server.on("upgrade", (_, socket) =>
      socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"),
    );
    const client = new WebSocket(`ws://127.0.0.1:${settings.httpPort}/ws?token=wrong`);
    client.on("error", () => {});
    client.on("unexpected-response", (_, response) => refusals.push(response.statusCode ?? 0));
    await waitFor("the refusal", () => refusals.length > 0);
    expect(refusals).toEqual([401]);
    client.terminate();
  });
});

describe("segments", () => {
  const folder = "seg_abcdefghijklmnop/v0";
  const url = () => `${origin}/hls/${folder}/12.m4s`;
  beforeAll(async () => {
    const directory = join(settings.mediaDirectory, "segments", folder);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "12.m4s"), "0123456789");
    await writeFile(join(directory, "../journal.jsonl"), "secret");
    await writeFile(join(settings.mediaDirectory, "outside.m4s"), "secret");
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
    const response = await fetch(origin + path, { headers: { origin: "https://a.example" } });
    expect(response.status, await response.clone().text()).toBe(404);
    expect(await response.text()).not.toContain("secret");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("parts", () => {
  const folder = "seg_abcdefghijklmnop/v1";
  beforeAll(async () => {
    const directory = join(settings.mediaDirectory, "segments", folder);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "12-0.m4s"), "part");
  });

  it("are immutable files like segments", async () => {
    const response = await fetch(`${origin}/hls/${folder}/12-0.m4s`);
    expect([response.status, await response.text()]).toEqual([200, "part"]);
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(sidecar.requests).toEqual([]);
  });

  it("that are not there yet are asked of the sidecar, and sent from disk when it says that they are", async () => {
    sidecar.respond = () => {
      writeFileSync(join(settings.mediaDirectory, "segments", folder, "12-1.m4s"), "next part");
      return { status: 200, headers: { "x-accel-redirect": `/hls/${folder}/12-1.m4s` } };
    };
    const response = await fetch(`${origin}/hls/${folder}/12-1.m4s`);
    expect([response.status, await response.text()]).toEqual([200, "next part"]);
    expect(response.headers.get("content-type")).toBe("video/iso.segment");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    sidecar.respond = () => ({ status: 404 });
    const absent = await fetch(`${origin}/hls/${folder}/12-9.m4s`);
    expect([absent.status, absent.headers.get("access-control-allow-origin")]).toEqual([404, "*"]);
    expect(sidecar.requests.at(-1)?.url).toBe(`/parts/${folder}/12-9.m4s`);
  });

  it("that the sidecar says are there, and are not, do not go round in circles", async () => {
    sidecar.respond = () => ({ status: 200, headers: { "x-accel-redirect": `/hls/${folder}/13-0.m4s` } });
    expect((await fetch(`${origin}/hls/${folder}/13-0.m4s`)).status).toBe(404);
    expect(sidecar.requests.length).toBeLessThan(3);
  });
});

describe("playlists", () => {
  const verdicts = () => sidecar.requests.filter(({ url }) => url === "/authorise");
  const renderings = () => sidecar.requests.filter(({ url }) => url?.startsWith("/playlists/"));

  it("come from the sidecar once for many who ask at the same time, whatever their token", async () => {
    const playbackId = fresh();
    const paths = [`${origin}/hls/${playbackId}/v0.m3u8`, `${origin}/hls/${playbackId}/~${token}/v0.m3u8`];
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
    const playbackId = fresh();
    const url = `${origin}/hls/${playbackId}/~${token}/v0.m3u8`;
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
    const playbackId = fresh();
    const url = `${origin}/hls/${playbackId}/v0.m3u8`;
    for (const query of ["", "?_HLS_skip=YES", "?x=1", "?_HLS_skip=YES&x=2", "?_HLS_skip=v2"])
      await fetch(url + query);
    expect(renderings().map((request) => request.url)).toEqual([
      `/playlists/${playbackId}/v0.m3u8`,
      `/playlists/${playbackId}/v0.m3u8?_HLS_skip=YES`,
    ]);
  });

  it("are asked for with playback id and token, and the verdict is kept for both together", async () => {
    const playbackId = fresh();
    for (const path of [`/~${token}`, `/~${token}`, ""])
      await fetch(`${origin}/hls/${playbackId}${path}/master.m3u8`);
    expect(
      verdicts().map(({ headers }) => [headers["x-playback-id"], headers["x-playback-token"] ?? ""]),
    ).toEqual([
      [playbackId, token],
      [playbackId, ""],
    ]);
  });

  it("of a stream one may not see do not exist, and a bad token is said to be bad", async () => {
    const verdict = async (status: number) => {
      sidecar.respond = () => ({ status });
      const response = await fetch(`${origin}/hls/${fresh()}/~${token}/master.m3u8`);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("cache-control")).toBe("no-store");
      return ((await response.json()) as { type: string }).type;
    };
    expect(await verdict(403)).toBe("/problems/not-found");
    expect(await verdict(401)).toBe("/problems/unauthenticated");
    expect(await verdict(503)).toBe("/problems/unavailable");
  });

  it("are not kept while the stream has none", async () => {
    const playbackId = fresh();
    const url = `${origin}/hls/${playbackId}/master.m3u8`;
    sidecar.respond = (request) => ({ status: request.url === "/authorise" ? 204 : 404 });
    const absent = await fetch(url);
    expect([absent.status, absent.headers.get("cache-control")]).toEqual([404, "no-store"]);
    sidecar.respond = (request) => ({ status: request.url === "/authorise" ? 204 : 200, body: playlist });
    expect((await fetch(url)).status).toBe(200);
  });

  it("are only read", async () => {
    const response = await fetch(`${origin}/hls/${fresh()}/master.m3u8`, { method: "POST", body: "x" });
    expect(response.status).toBe(404);
    expect(sidecar.requests).toEqual([]);
  });

  it("are a 503 problem while the sidecar is away, never a stale permission", async () => {
    const { port } = sidecar;
    await closed(sidecar);
    const response = await fetch(`${origin}/hls/${fresh()}/master.m3u8`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ type: "/problems/unavailable" });
    sidecar = await upstream(port);
  });
});

it("a playlist bridges a restart of the sidecar, for viewers whose permission is fresh", async () => {
  const path = `${origin}/hls/${fresh()}/v0.m3u8`;
  await fetch(path).then((response) => response.text());
  const { port } = sidecar;
  await closed(sidecar);
  const cached = () => fetch(path).then((response) => response.headers.get("date"));
  const first = await cached();
  // Past the second for which it is fresh.
  await waitFor("a later answer", async () => Date.parse((await cached())!) > Date.parse(first!) + 1000);
  const response = await fetch(path);
  expect([response.status, await response.text()]).toEqual([200, playlist]);
  sidecar = await upstream(port);
});

describe("the stream key's address", () => {
  it("redirects, keeps the key from every log, and is limited", async () => {
    sidecar.respond = () => ({
      status: 302,
      headers: { location: "/hls/pb_a/master.m3u8", "cache-control": "no-store" },
    });
    const ask = () => fetch(`${origin}/hls/${key}/master.m3u8`, { redirect: "manual" });
    const first = await ask();
    expect([first.status, first.headers.get("location"), first.headers.get("cache-control")]).toEqual([
      302,
      "/hls/pb_a/master.m3u8",
      "no-store",
    ]);
    expect(sidecar.requests[0]?.headers["x-stream-key"]).toBe(key);
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
    const response = await fetch(`${origin}/hls/${key}/v0.m3u8`);
    expect(response.status).toBe(404);
    expect(sidecar.requests).toEqual([]);
  });
});

describe("logs", () => {
  it("say who asked for what as JSON, without keys, tokens and arguments", async () => {
    for (const path of [
      `/api/seen?secret=${key}`,
      `/other/${key}/x`,
      `/hls/${key}/v1.m3u8`,
      `/hls/${fresh()}/~${token}/v9.m3u8`,
      `/ws?token=${token}`,
    ]) {
      sidecar.respond = () => ({ status: 404 });
      await fetch(origin + path).then((response) => response.text());
    }
    await closed(sidecar);
    await fetch(`${origin}/hls/${fresh()}/~${token}/v9.m3u8`).then((response) => response.text());
    await fetch(`${origin}/hls/${key}/master.m3u8`).then((response) => response.text());
    sidecar = await upstream(sidecar.port);

    const log = await waitFor("the line", async () => {
      const text = await readFile(join(settings.dataDirectory, "nginx/http/access.log"), "utf8");
      return text.includes("/api/seen") ? text : null;
    });
    const lines = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ path }) => path === "/api/seen")).toMatchObject({
      service: "nginx-http",
      event: "request",
      method: "GET",
      status: 200,
      address: "127.0.0.1",
    });
    expect(lines.map(({ path }) => path)).toContain("[stream key]");
    for (const text of [log, nginx.output()]) {
      expect(text).not.toContain(key);
      expect(text).not.toContain("eyJ");
    }
  });
});

it("the access log is put aside when it has grown large, and goes on in a new file", async () => {
  const path = join(settings.dataDirectory, "nginx/http/access.log");
  await rotateAccessLog(settings.dataDirectory);
  await expect(stat(`${path}.1`)).rejects.toThrow();
  await truncate(path, 40 * 1024 * 1024);
  await rotateAccessLog(settings.dataDirectory);
  expect((await stat(`${path}.1`)).size).toBe(40 * 1024 * 1024);
  await waitFor("a line in the new file", async () => {
    await fetch(`${origin}/api/rotated`).then((response) => response.text());
    return (await readFile(path, "utf8")).includes("/api/rotated");
  });
});

describe("with origins and proxies named", () => {
  beforeAll(async () => {
    await nginx.stop();
    await rm(settings.dataDirectory, { recursive: true, force: true });
    await startNginx({ corsOrigin: "https://a.example,https://b.example", trustedProxies: "127.0.0.0/8" });
  });

  it("lets those sites read, and no others", async () => {
    const allowed = async (site: string) => {
      const response = await fetch(`${origin}/hls/${fresh()}/master.m3u8`, { headers: { origin: site } });
      expect(response.headers.get("vary")).toContain("Origin");
      return response.headers.get("access-control-allow-origin");
    };
    expect(await allowed("https://b.example")).toBe("https://b.example");
    expect(await allowed("https://c.example")).toBeNull();
  });

  it("believes a proxy about the viewer's address and scheme", async () => {
    await fetch(`${origin}/api/x`, {
      headers: { "x-forwarded-for": "6.6.6.6, 203.0.113.9", "x-forwarded-proto": "https" },
    });
    expect(api.requests[0]?.headers).toMatchObject({
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-proto": "https",
    });
  });
});

describe("with several processes of the API", () => {
  let second: Upstream;
  beforeAll(async () => {
    await nginx.stop();
    await rm(settings.dataDirectory, { recursive: true, force: true });
    second = await upstream();
    await startNginx({ apiUpstream: `127.0.0.1:${api.port},127.0.0.1:${second.port}` });
  });
  afterAll(() => closed(second));
  beforeEach(() => {
    second.requests.length = 0;
  });

  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(`${origin}/api/x`, { headers });
    await response.text();
    return response.status;
  };

  it("a caller always meets the same one, by token or by cookie", async () => {
    for (const name of ["authorization", "cookie"]) {
      for (let caller = 0; caller < 20; caller++) {
        const value = name === "cookie" ? `rostrum_session=t${caller}; x=` : `Bearer t${caller}`;
        for (let count = 0; count < 3; count++)
          await ask({ [name]: name === "cookie" ? value + count : value });
      }
      for (const { requests } of [api, second]) {
        const callers = requests.map(({ headers }) => String(headers[name]).split(";")[0]);
        const all = new Set(callers);
        expect(all.size, name).toBeGreaterThan(1);
        for (const caller of all) expect(callers.filter((each) => each === caller)).toHaveLength(3);
        requests.length = 0;
      }
    }
  });

  it("strangers are spread over them", async () => {
    for (let count = 0; count < 40; count++) await ask({});
    for (const { requests } of [api, second]) expect(requests.length).toBeGreaterThan(3);
  });

  it("the callers of one that is away are answered by the other", async () => {
    const { port } = second;
    await closed(second);
    const tokens = Array.from({ length: 20 }, (_, caller) => ({ authorization: `Bearer t${caller}` }));
    expect(new Set(await Promise.all(tokens.map(ask)))).toEqual(new Set([200]));
    second = await upstream(port);
  });
});

describe("with several room processes", () => {
  let second: Upstream;
  beforeAll(async () => {
    second = await upstream();
    await nginx.stop();
    await rm(settings.dataDirectory, { recursive: true, force: true });
    await startNginx({ roomsUpstream: `127.0.0.1:${rooms.port},127.0.0.1:${second.port}` });
  });
  afterAll(() => closed(second));

  it("brings a ticket to the process that it names, and a JWT to any of them", async () => {
    const ask = async (asked: string) => {
      await fetch(`${origin}/ws?token=${asked}`).then((response) => response.text());
      return [rooms.requests.splice(0).length, second.requests.splice(0).length];
    };
    for (let turn = 0; turn < 4; turn++) {
      expect(await ask("tkt_0_abcdefgh")).toEqual([1, 0]);
      expect(await ask("tkt_1_abcdefgh")).toEqual([0, 1]);
    }
    const turns = [await ask(token), await ask(token), await ask("tkt_7_abcdefgh"), await ask("")];
    expect(turns.flat().reduce((sum, count) => sum + count)).toBe(4);
  });
});
