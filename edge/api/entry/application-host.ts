import type { Hono } from "hono";
import { type OpenDatabase, openDatabase } from "../../db/open-database.ts";
import { createLog, type Log } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { type Environment, parseEnvironment } from "../environment.ts";
import { openMail } from "../mail/open-mail.ts";
import { createApiMetrics } from "../metrics/api-metrics.ts";
import { createLocalHasher } from "../password-hashing/local-hasher.ts";
import type { PasswordHasher } from "../password-hashing/password-hasher.ts";
import { createRemoteHasher } from "../password-hashing/remote-hasher.ts";
import type { Fetcher } from "../platform.ts";
import { createBeatIntake } from "../playback/beat-intake.ts";
import { openRedis } from "../redis.ts";
import type { ApiEnv } from "../request-context.ts";
import { createHttpRoomsClient } from "../rooms-client/http-rooms-client.ts";

/** The bindings that are no plain variables. */
export interface ServiceBindings {
  HYPERDRIVE?: { connectionString: string };
  /** The hashing service, where it is bound rather than reached by HASHER_URL. */
  HASHER?: Fetcher;
}
export type Bindings = ServiceBindings & Record<string, unknown>;

/** Of this isolate: what its applications and its entry count stands in one place. */
export const metrics = createApiMetrics();
const onStatement = metrics.statementRan;
/** What one request of this isolate put into it, another may write. */
export const beats = createBeatIntake(metrics.beats);

type CreateApp = (deps: ApiDependencies) => Hono<ApiEnv>;
type WaitUntil = (work: Promise<unknown>) => void;

export interface HostedApplication {
  app: Hono<ApiEnv>;
  /** Goes on with what waits in this isolate's book of beats. */
  writeBeats(): void;
}

/** The application with pools that live as long as it does: for a Durable Object, whose requests may share sockets. */
export function hostApplication(
  createApp: CreateApp,
  bindings: Bindings,
  waitUntil: WaitUntil,
): HostedApplication {
  const environment = parseEnvironment(bindings);
  const { databaseUrl } = environment;
  const pool = openDatabase(databaseUrl, {
    maxConnections: 10,
    name: "rostrum-api",
    statementTimeoutSeconds: 15,
    onStatement,
  });
  const commitPool = openDatabase(databaseUrl, {
    maxConnections: 4,
    name: "rostrum-commits",
    statementTimeoutSeconds: 15,
    onStatement,
  });
  const deps: ApiDependencies = {
    ...statelessDependencies(environment, bindings, createLog("api")),
    db: pool.db,
    commitDb: commitPool.db,
    waitUntil,
  };
  return { app: createApp(deps), writeBeats: () => beats.writer.goOn(deps) };
}

/**
 * Answers one request with connections of its own, through Hyperdrive's pool: at Cloudflare a Worker may not keep a
 * socket beyond the request that opened it.
 */
export async function answerThroughHyperdrive(
  createApp: CreateApp,
  bindings: Bindings,
  hyperdrive: { connectionString: string },
  request: Request,
  waitUntil: WaitUntil,
): Promise<Response> {
  const environment = parseEnvironment({ ...bindings, DATABASE_URL: hyperdrive.connectionString });
  const database: OpenDatabase = openDatabase(hyperdrive.connectionString, {
    maxConnections: 5,
    onStatement,
  });
  const pending: Promise<unknown>[] = [];
  try {
    const app = createApp({
      ...statelessDependencies(environment, bindings, createLog("api")),
      db: database.db,
      commitDb: database.db,
      waitUntil: (work) => void pending.push(work.catch(() => {})),
    });
    return await app.fetch(request);
  } finally {
    waitUntil(Promise.all(pending).then(() => database.close()));
  }
}

export function statelessDependencies(environment: Environment, bindings: Bindings, log: Log) {
  const { roomsUrl, internalApiKey, gateways } = environment;
  return {
    environment,
    redis: openRedis(environment, undefined, metrics.redisAnswered),
    passwordHasher: choosePasswordHasher(environment, bindings.HASHER),
    rooms: createHttpRoomsClient({ roomsUrl, internalApiKey, gateways, log }),
    mail: openMail(environment, log),
    log,
    metrics,
    beats,
    clock: () => new Date(),
  };
}

function choosePasswordHasher(environment: Environment, service: Fetcher | undefined): PasswordHasher {
  const { internalApiKey, hasherUrl, hashQueue } = environment;
  if (service) {
    return createRemoteHasher({
      url: "http://hasher",
      internalApiKey,
      fetch: (url, init) => service.fetch(new Request(url, init)),
    });
  }
  return hasherUrl ? createRemoteHasher({ url: hasherUrl, internalApiKey }) : createLocalHasher(hashQueue);
}
