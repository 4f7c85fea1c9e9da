/** The applications for tests: the real routes in Node, on a database of their own. */
import { Hono } from "hono";
import { createTestDatabase } from "../db/test-database.ts";
import { newIdentifier } from "../protocol/identifier.ts";
import { createLog } from "../protocol/log.ts";
import { createInternalApp, createPublicApp } from "./app.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { parseEnvironment } from "./environment.ts";
import type { Mail } from "./mail/mail.ts";
import { createApiMetrics } from "./metrics/api-metrics.ts";
import { createLocalHasher } from "./password-hashing/local-hasher.ts";
import { createBeatIntake } from "./playback/beat-intake.ts";
import { answerNotFound } from "./problem-responses.ts";
import { openRedis } from "./redis.ts";
import type { ApiEnv } from "./request-context.ts";
import { contractViolation } from "./test-contract.ts";

export interface TestApi {
  publicApp: Hono<ApiEnv>;
  internalApp: Hono<ApiEnv>;
  deps: ApiDependencies;
  /** Lines the API logged, for looking for what must not stand there. */
  logLines: string[];
  /** What the rooms were told. */
  roomCalls: {
    call: "revoke" | "recheckEvent" | "publishToEvent" | "pokeSession" | "commandSession";
    args: unknown[];
  }[];
  /** Mails that left. */
  mails: Mail[];
  /** Waits for work that goes on after an answer. */
  settled(): Promise<void>;
  drop(): Promise<void>;
}

export const testInternalKey = "test-internal-key";

/** Without REDIS (no bridge is started here) limits count in memory; rooms only record what they are told. */
export async function createTestApi(
  variables: Record<string, string> = {},
  clock: () => Date = () => new Date(),
): Promise<TestApi> {
  const database = await createTestDatabase();
  const environment = parseEnvironment({
    DATABASE_URL: database.url,
    JWT_SECRET: "a secret for tests only, long enough",
    INTERNAL_API_KEY: testInternalKey,
    ROOMS_URL: "http://rooms.test",
    UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9",
    UPSTASH_REDIS_REST_TOKEN: "none",
    ...variables,
  });
  const logLines: string[] = [];
  const roomCalls: TestApi["roomCalls"] = [];
  const mails: Mail[] = [];
  const pending = new Set<Promise<unknown>>();
  const metrics = createApiMetrics();
  const deps: ApiDependencies = {
    environment,
    db: database.db,
    commitDb: database.db,
    redis: openRedis(environment),
    passwordHasher: createLocalHasher(environment.hashQueue),
    rooms: {
      revoke: async (...args) => void roomCalls.push({ call: "revoke", args }),
      recheckEvent: async (...args) => void roomCalls.push({ call: "recheckEvent", args }),
      publishToEvent: async (...args) => void roomCalls.push({ call: "publishToEvent", args }),
      pokeSession: async (...args) => void roomCalls.push({ call: "pokeSession", args }),
      // Away, until a test puts a room in its place: what comes by HTTP is committed directly.
      commandSession: async (...args) => {
        roomCalls.push({ call: "commandSession", args });
        return null;
      },
      people: async () => null,
      healthy: async () => true,
    },
    mail: {
      leaves: true,
      mostAtOnce: Number.POSITIVE_INFINITY,
      open: () => ({ send: async (mail) => void mails.push(mail), close: () => {} }),
    },
    log: createLog("api", (line) => logLines.push(line)),
    metrics,
    beats: createBeatIntake(metrics.beats),
    clock,
    waitUntil: (work) => {
      const tracked = work.catch(() => {}).finally(() => pending.delete(tracked));
      pending.add(tracked);
    },
  };
  return {
    publicApp: holdingToContract(createPublicApp(deps)),
    internalApp: holdingToContract(createInternalApp(deps)),
    deps,
    logLines,
    roomCalls,
    mails,
    settled: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
    drop: () => database.drop(),
  };
}

/** Turns an answer that the OpenAPI document does not promise into a 599 that says so: every test sees it. */
function holdingToContract(app: Hono<ApiEnv>): Hono<ApiEnv> {
  const held = new Hono<ApiEnv>();
  held.use(async (c, next) => {
    await next();
    const violation = c.var.operation ? await contractViolation(c.var.operation, c.res.clone()) : null;
    if (violation) c.res = new Response(`${c.req.method} ${c.req.path}: ${violation}`, { status: 599 });
  });
  held.notFound(answerNotFound);
  held.route("/", app);
  return held;
}

/** An email nobody else in any test has. */
export function freshEmail(): string {
  return `${newIdentifier("user").toLowerCase()}@example.org`;
}
