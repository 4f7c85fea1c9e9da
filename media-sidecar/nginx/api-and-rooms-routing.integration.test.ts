import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { waitFor } from "../../testing/support/wait-for.ts";
import { playbackToken, useHttpNginx } from "./http-nginx.test-support.ts";

const bench = useHttpNginx();
const { api, rooms, sidecar } = bench;

describe("the API behind nginx-http", () => {
  it("is told who asks, and never what a client claims about it", async () => {
    await fetch(`${bench.origin}/api/events?limit=3`, {
      headers: { "x-forwarded-for": "8.8.8.8", "x-forwarded-proto": "https", "x-request-id": "forged" },
    });
    const [request] = api.requests;
    expect(request?.url).toBe("/api/events?limit=3");
    expect(request?.headers).toMatchObject({
      host: `127.0.0.1:${bench.settings.httpPort}`,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
    });
    expect(request?.headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("serves pages, and its own errors pass as they are", async () => {
    api.respond = () => ({ status: 404, body: "the API's own" });
    const response = await fetch(`${bench.origin}/watch/str_a`);
    expect([response.status, await response.text()]).toEqual([404, "the API's own"]);
  });

  it("lets a large file through to the import of users, and to nothing else", async () => {
    const send = (path: string) =>
      fetch(`${bench.origin}${path}`, { method: "POST", body: Buffer.alloc(20 * 1024 * 1024, 10) });
    expect((await send("/api/users/import?dryRun=true")).status).toBe(200);
    expect(api.requests[0]?.headers["content-length"]).toBe(String(20 * 1024 * 1024));
    expect((await send("/api/users/importx")).status).toBe(413);
  });

  it("answers a problem when a body is larger than anything takes", async () => {
    const response = await fetch(`${bench.origin}/api/events`, {
      method: "POST",
      body: Buffer.alloc(17 * 1024 * 1024),
    });
    expect(response.status, await response.clone().text()).toBe(413);
    expect(await response.json()).toMatchObject({ type: "/problems/too-large" });
  });

  it("is left by connections that idle, long before they could meet their end", async () => {
    const { keepAliveTimeout } = api.server;
    api.server.keepAliveTimeout = 0;
    expect((await fetch(`${bench.origin}/api/x`, { method: "POST" })).status).toBe(200);
    const [request] = api.requests;
    await waitFor("nginx to close it", () => request?.socket.destroyed);
    api.server.keepAliveTimeout = keepAliveTimeout;
  });

  it("is a 503 problem while it is away, and there again when it is back", async () => {
    await api.close();
    const response = await fetch(`${bench.origin}/api/health`);
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await response.json()).toMatchObject({ type: "/problems/unavailable", status: 503 });
    await api.open();
    const back = await fetch(`${bench.origin}/api/health`);
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
    const response = await fetch(bench.origin + path, { headers: { "x-playback-id": "pb_a" } });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ type: "/problems/not-found" });
    expect([...api.requests, ...rooms.requests, ...sidecar.requests]).toEqual([]);
  });
});

describe("/ws behind nginx-http", () => {
  it("is a WebSocket to the rooms", async () => {
    const sockets = new WebSocketServer({ server: rooms.server, path: "/ws" });
    sockets.on("connection", (socket) => socket.on("message", (text) => socket.send(`heard ${text}`)));
    const client = new WebSocket(`ws://127.0.0.1:${bench.settings.httpPort}/ws?token=${playbackToken}`);
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
    const client = new WebSocket(`ws://127.0.0.1:${bench.settings.httpPort}/ws?token=wrong`);
    client.on("error", () => {});
    client.on("unexpected-response", (_, response) => refusals.push(response.statusCode ?? 0));
    await waitFor("the refusal", () => refusals.length > 0);
    expect(refusals).toEqual([401]);
    client.terminate();
  });
});
