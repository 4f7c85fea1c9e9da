import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../../db/open-database.ts";
import { mediaNodes } from "../../db/schema/streams-tables.ts";
import { createTestDatabase } from "../../db/test-database.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { openRedis } from "../redis.ts";
import { call, newToken } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeStream } from "../streams/test-scene.ts";
import { createTestApi, type TestApi, testInternalKey } from "../test-application.ts";
import { createApiMetrics } from "./api-metrics.ts";
import { figureIn } from "./test-metrics.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

async function scrape({ internalApp }: TestApi = api): Promise<string> {
  const response = await internalApp.request("/metrics", {
    headers: { authorization: `Bearer ${testInternalKey}` },
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  return text;
}
test("the metrics are for who has the internal key, on the internal side alone", async () => {
  for (const headers of [
    {},
    { authorization: "Bearer wrong" },
    { authorization: `Bearer ${admin}` },
  ] as const)
    expect((await api.internalApp.request("/metrics", { headers })).status).toBe(401);
  const outside = await api.publicApp.request("/metrics", {
    headers: { authorization: `Bearer ${testInternalKey}` },
  });
  expect(outside.status).toBe(404);
});

test("requests are counted by the template of their route: no id and no invented path makes a series", async () => {
  const { db } = api.deps;
  const stream = await makeStream(db, { sessionId: await makeSession(db, await makeEvent(db)) });
  for (const id of [stream.id, newIdentifier("stream"), newIdentifier("stream")])
    await call(api, "GET", `/api/streams/${id}`, id === stream.id ? 200 : 404, { token: admin });
  for (const path of ["/api/nowhere", `/api/nowhere/${stream.id}`, "/wp-login.php"])
    await call(api, "GET", path, 404);
  await api.publicApp.request("/api/nowhere", { method: "PROPFIND" });
  const text = await scrape();
  const requests = (labels: string) => figureIn(text, `rostrum_api_requests_total{${labels}}`);
  expect(requests('method="GET",route="/api/streams/:id",status="200"')).toBe(1);
  expect(requests('method="GET",route="/api/streams/:id",status="404"')).toBe(2);
  expect(requests('method="GET",route="unknown",status="404"')).toBeGreaterThanOrEqual(3);
  expect(requests('method="other",route="unknown",status="404"')).toBe(1);
  expect(figureIn(text, 'rostrum_api_request_seconds_count{route="/api/streams/:id"}')).toBe(3);
  for (const secret of [stream.id, stream.streamKey, admin, testInternalKey, "wp-login"])
    expect(text).not.toContain(secret);
});

test("the platform's figures are those of the database", async () => {
  const { db } = api.deps;
  const before = await scrape();
  const capacity = { encoder: "libx264", samplesPerSecond: 100, promised: 40, freeBytes: 1 };
  const node = { hlsHost: "", rtmpHost: "", capacity };
  const silent = new Date(Date.now() - 3_600_000);
  await db.insert(mediaNodes).values([
    { ...node, id: newIdentifier("mediaNode") },
    { ...node, id: newIdentifier("mediaNode"), capacity: null },
    { ...node, id: newIdentifier("mediaNode"), heartbeatAt: silent },
  ]);
  await makeStream(db, { status: "live", viewers: 12, viewersAt: new Date() });
  const after = await scrape();
  const grownBy = (series: string) => figureIn(after, series) - figureIn(before, series);
  expect(grownBy('rostrum_streams{status="live"}')).toBe(1);
  expect(grownBy("rostrum_viewers")).toBe(12);
  expect(grownBy("rostrum_media_nodes")).toBe(2);
  expect(grownBy("rostrum_media_capacity_samples_per_second")).toBe(100);
  expect(grownBy("rostrum_media_promised_samples_per_second")).toBe(40);
  expect(figureIn(after, "rostrum_database_up")).toBe(1);
});

test("without the database the process still tells what it counted", async () => {
  const alone = await createTestApi();
  await alone.drop();
  const text = await scrape(alone);
  expect(figureIn(text, "rostrum_database_up")).toBe(0);
  expect(text).toContain("# TYPE rostrum_api_requests_total counter");
  expect(text).not.toContain("rostrum_streams");
});

test("every statement is timed once, in and out of transactions, and so is one that fails", async () => {
  const database = await createTestDatabase();
  const metrics = createApiMetrics();
  const opened = openDatabase(database.url, { maxConnections: 2, onStatement: metrics.statementRan });
  try {
    const { db } = opened;
    expect(await db.execute(sql`select ${1}::int as one`)).toMatchObject([{ one: 1 }]);
    expect(await db.select({ id: mediaNodes.id }).from(mediaNodes)).toEqual([]);
    await db.transaction(async (tx) => {
      await tx.execute(sql`select 1`);
      await tx.transaction((nested) => nested.execute(sql`select 2`));
    });
    await expect(db.execute(sql`select 1 / ${0}::int`)).rejects.toThrow();
    const text = metrics.render();
    // The transaction's own beginning is one of them.
    expect(figureIn(text, 'rostrum_api_database_seconds_count{outcome="ok"}')).toBe(5);
    expect(figureIn(text, 'rostrum_api_database_seconds_count{outcome="failed"}')).toBe(1);
  } finally {
    await opened.close(1);
    await database.drop();
  }
});

test("calls to Redis are timed, also when nobody answers", async () => {
  const metrics = createApiMetrics();
  const away = { redisRestUrl: "http://127.0.0.1:9", redisRestToken: "none" };
  await expect(openRedis(away, undefined, metrics.redisAnswered).ping()).rejects.toThrow();
  expect(figureIn(metrics.render(), 'rostrum_api_redis_seconds_count{outcome="failed"}')).toBe(1);
});
