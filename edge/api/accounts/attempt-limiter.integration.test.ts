import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort } from "../../../testing/support/free-port.ts";
import { startRedisBridge } from "../../local/redis-bridge.ts";
import { createLog } from "../../protocol/log.ts";
import { openRedis, type RedisClient } from "../redis.ts";
import { type AttemptLimit, createAttemptLimiter } from "./attempt-limiter.ts";

let directory: string;
let server: ChildProcess;
let bridge: Awaited<ReturnType<typeof startRedisBridge>>;
let redis: RedisClient;
const log = createLog("test", () => {});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-limits-"));
  const port = await freePort();
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory];
  server = spawn("redis-server", options, { stdio: "ignore" });
  bridge = await startRedisBridge({
    redisUrl: `redis://127.0.0.1:${port}`,
    token: "token",
    host: "127.0.0.1",
    port: 0,
    log,
  });
  // A busy machine is not a Redis that is away: these tests are about the counts in it.
  const patienceMs = 30_000;
  redis = openRedis({ redisRestUrl: `http://127.0.0.1:${bridge.port}`, redisRestToken: "token" }, patienceMs);
  await vi.waitFor(async () => expect(await redis.ping()).toBe("PONG"), 30_000);
});
afterAll(async () => {
  await bridge.stop();
  if (server.exitCode === null && server.signalCode === null) {
    server.kill("SIGKILL");
    await once(server, "exit");
  }
  await rm(directory, { recursive: true, force: true });
});

const limiter = () => createAttemptLimiter(redis, log, () => new Date());
const limit = (name: string, max: number): AttemptLimit => ({ name, max, windowSeconds: 600 });

test("a hundred attempts at once, over two processes, pass as many as may", async () => {
  const processes = [limiter(), limiter()];
  const tenOf = limit("crowd", 10);
  const startedAt = performance.now();
  const attempts = await Promise.all(
    Array.from({ length: 100 }, (_, index) => processes[index % 2]!.take(tenOf)),
  );
  expect(attempts.filter((attempt) => attempt.allowed)).toHaveLength(10);
  const refused = attempts.find((attempt) => !attempt.allowed);
  expect(refused).toMatchObject({ allowed: false });
  // What is left of the window, which began since; Redis tells it in whole seconds.
  const passedSeconds = (performance.now() - startedAt) / 1000;
  expect(refused?.allowed === false && refused.retryAfterSeconds).toBeGreaterThan(600 - passedSeconds - 1);
  expect(refused?.allowed === false && refused.retryAfterSeconds).toBeLessThanOrEqual(600);
});

test("attempts given back do not count, and refused ones do not either", async () => {
  const counts = limiter();
  const one = limit("given back", 1);
  for (let round = 0; round < 3; round++) {
    expect(await counts.take(one)).toEqual({ allowed: true });
    expect((await counts.take(one)).allowed).toBe(false);
    await counts.giveBack(one);
  }
});

test("giving back what has ended leaves nothing behind", async () => {
  await limiter().giveBack(limit("never taken", 1));
  expect(await redis.exists("limit:never taken")).toBe(0);
});

test("while Redis is away attempts are counted in memory", async () => {
  server.kill("SIGKILL");
  await once(server, "exit");
  const counts = limiter();
  const two = limit("away", 2);
  const attempts = [await counts.take(two), await counts.take(two), await counts.take(two)];
  expect(attempts.map((attempt) => attempt.allowed)).toEqual([true, true, false]);
});
