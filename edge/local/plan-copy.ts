import { EnvironmentError, parseEnvironment } from "../api/environment.ts";
import { type EmbeddedDatabase, embeddedDatabaseUrl } from "./embedded-database.ts";
import { chooseDatabaseDirectory } from "./reachable-directory.ts";
import { keepSecrets, type Secrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";

/** Every port of one copy; all but the first three are on 127.0.0.1 alone. */
export interface Ports {
  http: number;
  rtmp: number;
  api: number;
  /** For who has the internal key: a port for each process of the API; rooms and media ask the first. */
  internal: readonly number[];
  /** Where our nginx finds the API: a port for each of its processes, at least one. */
  proxied: readonly number[];
  /** Of each room process, at least one. */
  rooms: readonly number[];
  hasher: number;
  redis: number;
  redisBridge: number;
  postgres: number;
  sidecar: number;
  rtmpControl: number;
}

export interface Connections {
  databaseUrl: string;
  redisUrl: string;
  redisRest: { url: string; token: string };
  internalUrl: string;
  /** Of every room process, separated by commas. */
  roomsUrl: string;
  hasherUrl: string;
  jwtSecret: string;
  internalApiKey: string;
}

/** How the programs of one copy find each other: what was set wins, the rest is this copy's own. */
function planConnections(
  settings: Settings,
  ports: Ports,
  secrets: Secrets,
  embeddedDatabaseUrl: string,
): Connections {
  const on = (port: number) => `http://127.0.0.1:${port}`;
  return {
    databaseUrl: settings.databaseUrl ?? embeddedDatabaseUrl,
    redisUrl: settings.redisUrl ?? `redis://:${secrets.redisPassword}@127.0.0.1:${ports.redis}`,
    redisRest: settings.upstash ?? { url: on(ports.redisBridge), token: secrets.redisRestToken },
    internalUrl: on(ports.internal[0]!),
    roomsUrl: ports.rooms.map(on).join(),
    hasherUrl: on(ports.hasher),
    jwtSecret: settings.jwtSecret ?? secrets.jwtSecret,
    internalApiKey: settings.internalApiKey ?? secrets.internalApiKey,
  };
}

/** The API's variables, as edge/api/environment.ts reads them. */
function apiEnvironment(settings: Settings, ports: Ports, connections: Connections): Record<string, string> {
  return {
    // At home there is somebody at the terminal; with SMTP_URL set, mails leave instead.
    MAIL_TO_LOG: "true",
    ...settings.forApi,
    DATABASE_URL: connections.databaseUrl,
    JWT_SECRET: connections.jwtSecret,
    INTERNAL_API_KEY: connections.internalApiKey,
    CORS_ORIGIN: settings.corsOrigin,
    RTMP_HOST: settings.rtmpHost,
    RTMP_PORT: String(ports.rtmp),
    HLS_HOST: settings.hlsHost,
    ROOMS_URL: connections.roomsUrl,
    GATEWAYS: String(settings.gateways),
    UPSTASH_REDIS_REST_URL: connections.redisRest.url,
    UPSTASH_REDIS_REST_TOKEN: connections.redisRest.token,
    HASHER_URL: connections.hasherUrl,
    // This machine's own proxies stay trusted besides those that were named.
    ...(settings.trustedProxies === ""
      ? {}
      : { TRUSTED_PROXIES: `127.0.0.1,::1,${settings.trustedProxies}` }),
  };
}

/** One Rostrum on one machine. */
export interface Copy {
  settings: Settings;
  ports: Ports;
  connections: Connections;
  environment: Record<string, string>;
  redisPassword: string;
  /** Null when a DATABASE_URL was given. */
  embedded: EmbeddedDatabase | null;
}

/** Everything about one copy that can be known before anything runs. Throws a refusal for a variable the API would. */
export function planCopy(settings: Settings, ports: Ports): Copy {
  const secrets = keepSecrets(settings.dataDirectory);
  const embedded =
    settings.databaseUrl === null
      ? {
          directory: chooseDatabaseDirectory(settings.dataDirectory, process.getuid?.() === 0),
          port: ports.postgres,
          password: secrets.databasePassword,
        }
      : null;
  const databaseUrl = embedded === null ? "" : embeddedDatabaseUrl(embedded);
  const connections = planConnections(settings, ports, secrets, databaseUrl);
  const environment = apiEnvironment(settings, ports, connections);
  try {
    // Now, rather than by a Worker that answers 503 for ever.
    parseEnvironment(environment);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new StartRefusal(error.message.replace(/(?<![.])$/gm, "."));
  }
  return { settings, ports, connections, environment, redisPassword: secrets.redisPassword, embedded };
}
