import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../../testing/support/free-port.ts";
import { createLog } from "../protocol/log.ts";
import { startRedisBridge } from "./redis-bridge.ts";

const token = "bridge-token";
let directory: string;
let redisPort: number;
let redisServer: ChildProcess;
let bridge: Awaited<ReturnType<typeof startRedisBridge>>;
let url: string;
let redis: Redis;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-bridge-"));
  redisPort = await freePort();
  redisServer = startServer();
  bridge = await startRedisBridge({
    redisUrl: `redis://127.0.0.1:${redisPort}`,
    token,
    host: "127.0.0.1",
    port: 0,
    log: createLog("redis-bridge", () => {}),
  });
  url = `http://127.0.0.1:${bridge.port}`;
  redis = new Redis({ url, token, retry: false, enableTelemetry: false });
  await untilUp();
});

afterAll(async () => {
  await bridge.stop();
  await endServer();
  await rm(directory, { recursive: true, force: true });
});

function startServer(): ChildProcess {
  return spawn(
    "redis-server",
    ["--port", String(redisPort), "--bind", "127.0.0.1", "--save", "", "--dir", directory],
    { stdio: "ignore" },
  );
}

async function endServer(): Promise<void> {
  const ended = new Promise((resolve) => redisServer.once("exit", resolve));
  redisServer.kill("SIGKILL");
  await ended;
}

function untilUp(): Promise<void> {
  return vi.waitFor(async () => expect((await fetch(`${url}/health`)).status).toBe(200), 40_000);
}

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, { method: "POST", body, headers: { authorization: `Bearer ${token}`, ...headers } });

describe("@upstash/redis through the bridge", () => {
  it("keeps text, numbers, objects and emoji", async () => {
    await redis.set("text", "grüße 👋");
    await redis.set("object", { nested: [1, "two", null] });
    expect(await redis.get("text")).toBe("grüße 👋");
    expect(await redis.get("object")).toEqual({ nested: [1, "two", null] });
    expect(await redis.incrby("count", 5)).toBe(5);
    expect(await redis.get("absent")).toBeNull();
    await redis.set("ok", "OK");
    expect(await redis.get("ok")).toBe("OK");
  });

  it("answers hashes, sets and sorted sets as the client expects them", async () => {
    await redis.hset("hash", { a: "1", b: "two" });
    expect(await redis.hgetall("hash")).toEqual({ a: 1, b: "two" });
    await redis.sadd("set", "x", "y");
    expect((await redis.smembers("set")).sort()).toEqual(["x", "y"]);
    await redis.zadd("scores", { score: 1.5, member: "m" });
    expect(await redis.zrange("scores", 0, -1, { withScores: true })).toEqual(["m", 1.5]);
  });

  it("runs scripts, expiry and conditions", async () => {
    expect(await redis.set("once", "1", { nx: true, ex: 60 })).toBe("OK");
    expect(await redis.set("once", "2", { nx: true })).toBeNull();
    expect(await redis.ttl("once")).toBeGreaterThan(50);
    expect(await redis.eval("return {KEYS[1], ARGV[1], 3}", ["k"], ["v"])).toEqual(["k", "v", 3]);
  });

  it("runs pipelines and transactions in order", async () => {
    const pipeline = redis.pipeline().set("p", "1").incr("p").get("p");
    expect(await pipeline.exec()).toEqual(["OK", 2, 2]);
    const transaction = redis.multi().set("t", "a").append("t", "b").get("t");
    expect(await transaction.exec()).toEqual(["OK", 2, "ab"]);
  });

  it("tells Redis' own error", async () => {
    await redis.set("text", "x");
    await expect(redis.lpush("text", "y")).rejects.toThrow(/WRONGTYPE/);
    await expect(redis.pipeline().lpush("text", "y").exec()).rejects.toThrow(/WRONGTYPE/);
  });

  it("is refused without the right token", async () => {
    const stranger = new Redis({ url, token: "wrong", retry: false, enableTelemetry: false });
    await expect(stranger.get("text")).rejects.toThrow(/WRONGPASS/);
  });
});

describe("the bridge", () => {
  it("takes a command as a path and answers plain text without the encoding header", async () => {
    await post("/set/by%20path", "some value");
    const answer = await fetch(`${url}/get/by%20path`, { headers: { authorization: `Bearer ${token}` } });
    expect(await answer.json()).toEqual({ result: "some value" });
  });

  it("reports each command of a pipeline by itself", async () => {
    const answer = await post("/pipeline", JSON.stringify([["SET", "a", "1"], ["NOSUCH"], ["GET", "a"]]));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual([
      { result: "OK" },
      { error: expect.stringContaining("unknown command") },
      { result: "1" },
    ]);
  });

  it.each([
    ["malformed JSON", "/", "{", 400],
    ["an object", "/", '{"get":"a"}', 400],
    ["an empty command", "/", "[]", 400],
    ["a nested command", "/", '[["GET",["a"]]]', 400],
    ["a broken path", "/get/%zz", "", 400],
    ["a command that would take the connection from others", "/", '["SUBSCRIBE","news"]', 400],
    ["more than a mebibyte", "/", JSON.stringify(["SET", "a", "x".repeat(1024 * 1024)]), 413],
  ])("refuses %s", async (_name, path, body, status) => {
    const answer = await post(path, body);
    const text = await answer.text();
    expect(answer.status, text).toBe(status);
    expect(JSON.parse(text)).toHaveProperty("error");
  });

  it("answers 503 at once while Redis is away, and goes on when it is back", async () => {
    await endServer();
    await expect.poll(async () => (await post("/", '["GET","a"]')).status, { timeout: 40_000 }).toBe(503);
    expect((await post("/pipeline", '[["GET","a"]]')).status).toBe(503);
    redisServer = startServer();
    await untilUp();
    expect((await post("/", '["SET","a","1"]')).status).toBe(200);
  });
});
