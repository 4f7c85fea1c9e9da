import { connect } from "node:net";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../db/test-database.ts";
import type { SignedIn } from "../protocol/accounts.ts";
import { freshEmail } from "./test-application.ts";
import { openDatabaseGate } from "./test-database-gate.ts";
import { startApiWorker, startTestWorker, type TestWorker } from "./test-workerd.ts";

let database: TestDatabase;
let hasher: TestWorker;
let api: TestWorker;
beforeAll(async () => {
  database = await createTestDatabase();
  hasher = await startTestWorker({
    entry: "hasher-worker.ts",
    variables: { INTERNAL_API_KEY: "internal", HASH_QUEUE: "4" },
    objects: [{ binding: "HASHER_HOST", className: "HasherHost" }],
    hasInternalEntry: false,
  });
  api = await startApiWorker(database.url, {
    HASHER_URL: hasher.url,
    // The test's own address must not count as a proxy's.
    TRUSTED_PROXIES: "192.0.2.1",
  });
});
afterAll(async () => {
  await api?.stop();
  await hasher?.stop();
  await database?.drop();
});

const password = "correct horse battery";
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(api.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

async function register(): Promise<SignedIn> {
  const response = await post("/api/auth/register", { email: freshEmail(), password, name: "Ada" });
  const text = await response.text();
  expect(response.status, text).toBe(201);
  return JSON.parse(text) as SignedIn;
}

/** Statuses of `count` simultaneous requests for one's own account. */
const askMe = (token: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const response = await fetch(`${api.url}/api/auth/me`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await response.arrayBuffer();
      return response.status;
    }),
  );

/** Resolves when they are gone: a process that was told to end still takes a query, and fails it. */
const killDatabaseConnections = () =>
  database.db.execute(sql`
    select pg_terminate_backend(pid, 30000) from pg_stat_activity
    where application_name in ('rostrum-api', 'rostrum-commits') and datname = current_database()`);

test("the internal surface answers on its own entry only, and by the key only", async () => {
  expect((await fetch(`${api.url}/internal/media/commands`)).status).toBe(404);
  expect((await fetch(`${api.internalUrl}/internal/media/commands`)).status).toBe(401);
  const key = { authorization: "Bearer internal" };
  const answer = await fetch(`${api.internalUrl}/internal/nothing-here`, { headers: key });
  expect(answer.status, await answer.text()).toBe(404);
});

test("the metrics of the process are on the internal entry, by the key, and count what the public one answered", async () => {
  const { token } = await register();
  await askMe(token, 3);
  await Promise.all([fetch(`${api.url}/api/streams`), fetch(`${api.url}/api/streams`)]);
  const [outside, keyless, answer] = await Promise.all([
    fetch(`${api.url}/metrics`, { headers: { authorization: "Bearer internal" } }),
    fetch(`${api.internalUrl}/metrics`),
    fetch(`${api.internalUrl}/metrics`, { headers: { authorization: "Bearer internal" } }),
  ]);
  expect([outside.status, keyless.status, answer.status]).toEqual([404, 401, 200]);
  const text = await answer.text();
  for (const series of [
    'rostrum_api_requests_total{method="GET",route="/api/auth/me",status="200"}',
    'rostrum_api_request_seconds_count{route="/api/auth/me"}',
    'rostrum_api_database_seconds_count{outcome="ok"}',
    'rostrum_api_redis_seconds_count{outcome="failed"}',
    'rostrum_api_hot_reads_total{outcome="asked"}',
  ])
    expect(text).toContain(`${series} `);
});

test("killed database connections cost the queries on them, and none after", async () => {
  const { token } = await register();
  await askMe(token, 40);
  for (let round = 0; round < 3; round++) {
    await Promise.all([askMe(token, 40), killDatabaseConnections()]);
    await askMe(token, 1);
    expect(new Set(await askMe(token, 40)), api.output().slice(-2000)).toEqual(new Set([200]));
  }
});

test("callers who go away in the middle do not hold up others", async () => {
  const { token } = await register();
  for (let caller = 0; caller < 20; caller++) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(api.url).port), "127.0.0.1", () => {
        const body =
          caller % 2 ? 'content-type: application/json\r\ncontent-length: 400\r\n\r\n{"email":' : "\r\n";
        const target = caller % 2 ? "POST /api/auth/login" : "GET /api/auth/me";
        socket.write(`${target} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n${body}`, () => {
          socket.resetAndDestroy();
          resolve();
        });
      });
      socket.on("error", () => resolve());
    });
  }
  expect(new Set(await askMe(token, 40))).toEqual(new Set([200]));
});

test("more sign-ins than can be hashed are told to come back, while others are answered", async () => {
  const { token } = await register();
  const logins = Promise.all(
    Array.from({ length: 12 }, () => post("/api/auth/login", { email: freshEmail(), password })),
  );
  expect(new Set(await askMe(token, 20))).toEqual(new Set([200]));
  const answers = await logins;
  const statuses = new Set(answers.map((answer) => answer.status));
  expect(statuses).toEqual(new Set([401, 429]));
  const refused = answers.find((answer) => answer.status === 429);
  expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("a caller cannot choose its address, its scheme or its request id", async () => {
  const { user } = await register();
  const claimed = {
    "x-forwarded-for": "203.0.113.7",
    "x-rostrum-client-address": "203.0.113.8",
    "cf-connecting-ip": "203.0.113.9",
    "x-rostrum-scheme": "https",
    "x-forwarded-proto": "https",
    "x-request-id": "chosen",
  };
  const answer = await post("/api/auth/login", { email: user.email, password }, claimed);
  expect(answer.headers.get("set-cookie")).not.toContain("Secure");
  expect(answer.headers.get("x-request-id")).not.toBe("chosen");
  const { token } = (await answer.json()) as SignedIn;
  const me = await fetch(`${api.url}/api/auth/me`, { headers: { authorization: `Bearer ${token}` } });
  expect(((await me.json()) as { session: { ip: string } }).session.ip).toBe("127.0.0.1");
});

test("the hasher answers nobody without the key", async () => {
  const body = JSON.stringify({ action: "hash", password });
  const answer = await fetch(hasher.url, { method: "POST", body });
  expect(answer.status).toBe(401);
});

test("with a Hyperdrive binding each request has connections of its own, and leaves none", async () => {
  const worker = await startApiWorker(null, {}, { hyperdrive: database.url });
  try {
    const registered = await fetch(`${worker.url}/api/auth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: freshEmail(), password, name: "Ada" }),
    });
    const { token } = (await registered.json()) as SignedIn;
    const authorization = `Bearer ${token}`;
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const answer = await fetch(`${worker.url}/api/auth/me`, { headers: { authorization } });
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    expect(new Set(statuses), worker.output().slice(-2000)).toEqual(new Set([200]));
    await vi.waitFor(async () => {
      const left = await database.db.execute(
        sql`select 1 from pg_stat_activity where application_name = 'rostrum' and datname = current_database()`,
      );
      expect(left.length).toBe(0);
    }, 30_000);
  } finally {
    await worker.stop();
  }
}, 120_000);

test("bad variables make every answer a 503, and the log names them", async () => {
  const worker = await startApiWorker(database.url, { JWT_SECRET: "weak" });
  try {
    const answer = await fetch(`${worker.url}/api/health`);
    expect(answer.status, await answer.text()).toBe(503);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    await vi.waitFor(() => expect(worker.output()).toContain("JWT_SECRET is too short"), 30_000);
  } finally {
    await worker.stop();
  }
});

test("while the database is away answers are 503 at once, and when it is back it is used at once", async () => {
  const door = await openDatabaseGate(database.url);
  const worker = await startApiWorker(door.url);
  const ask = async (count: number) => {
    const answers = await Promise.all(Array.from({ length: count }, () => fetch(`${worker.url}/api/events`)));
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    return answers;
  };
  const statuses = async (count: number) => new Set((await ask(count)).map((answer) => answer.status));
  try {
    expect(await statuses(30)).toEqual(new Set([200]));
    await door.shut();
    await ask(30);
    for (let attempt = 0; attempt < 10; attempt++) {
      const [answer] = await ask(1);
      expect(answer?.status).toBe(503);
      expect(Number(answer?.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    await door.open();
    expect(await statuses(30), worker.output().slice(-2000)).toEqual(new Set([200]));
  } finally {
    await worker.stop();
    await door.shut();
  }
});
