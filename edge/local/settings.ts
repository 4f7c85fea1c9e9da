import { isAbsolute, resolve } from "node:path";
import * as v from "valibot";
import { apiVariables } from "../api/environment.ts";
import { Email, Password } from "../protocol/accounts.ts";
import { type MediaLimits, readMediaLimits } from "./media-variables.ts";
import { repositoryRoot } from "./repository-root.ts";
import { StartRefusal } from "./start-refusal.ts";

/** What `npm start` is told by its environment; null where it helps itself. */
export interface Settings {
  /** Absolute. */
  dataDirectory: string;
  httpPort: number;
  rtmpPort: number;
  apiPort: number;
  internalPort: number | null;
  databaseUrl: string | null;
  redisUrl: string | null;
  upstash: { url: string; token: string } | null;
  jwtSecret: string | null;
  internalApiKey: string | null;
  admin: { email: string; password: string | null };
  rtmpHost: string;
  hlsHost: string;
  corsOrigin: string;
  trustedProxies: string;
  gateways: number;
  /** Each is a core's worth of rooms; gateways and sessions are spread over them. */
  roomProcesses: number;
  /** Of the first process of rooms, on the loopback; for who looks at its heap or profile. */
  roomsInspectorPort: number | null;
  /** Each is a core's worth of API. */
  apiProcesses: number;
  nodeName: string | null;
  mediaLimits: MediaLimits;
  logFormat: string | null;
  /** Variables of the API that mean nothing to the launcher (limits, times), as they were given. */
  forApi: Record<string, string>;
}

const port = (fallback: number | null) =>
  v.pipe(
    v.nullable(v.string(), fallback === null ? null : String(fallback)),
    v.check(
      (text) => text === null || (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535),
      "must be a port number from 1 to 65535",
    ),
    v.transform((text) => (text === null ? null : Number(text))),
  );
const optionalText = v.nullable(v.string(), null);
const url = (...protocols: string[]) =>
  v.nullable(
    v.pipe(
      v.string(),
      v.check(
        (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1)),
        `must be a URL like ${protocols[0]}://host`,
      ),
    ),
    null,
  );

const processes = v.nullable(
  v.pipe(v.string(), v.regex(/^([1-9]|[1-5]\d|6[0-4])$/, "must be a whole number from 1 to 64")),
  "1",
);

const Variables = v.object({
  DATA_DIR: v.nullable(v.string(), ".data"),
  HTTP_PORT: port(8080),
  RTMP_PORT: port(1935),
  PORT: port(3000),
  INTERNAL_PORT: port(null),
  DATABASE_URL: url("postgres", "postgresql"),
  REDIS_URL: url("redis", "rediss"),
  UPSTASH_REDIS_REST_URL: url("https", "http"),
  UPSTASH_REDIS_REST_TOKEN: optionalText,
  JWT_SECRET: optionalText,
  INTERNAL_API_KEY: optionalText,
  ADMIN_EMAIL: v.pipe(v.nullable(v.string(), "admin@rostrum.local"), v.string(), Email),
  ADMIN_PASSWORD: v.nullable(
    v.pipe(
      v.string(),
      v.check((text) => v.is(Password, text), "must have 8 to 200 characters"),
    ),
    null,
  ),
  RTMP_HOST: v.nullable(v.string(), "localhost"),
  HLS_HOST: optionalText,
  CORS_ORIGIN: v.nullable(v.string(), "*"),
  TRUSTED_PROXIES: v.nullable(v.string(), ""),
  GATEWAYS: v.nullable(
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,2}$/, "must be a whole number from 1 to 999")),
    "2",
  ),
  ROOM_PROCESSES: processes,
  ROOMS_INSPECTOR_PORT: port(null),
  API_PROCESSES: processes,
  NODE_NAME: optionalText,
  LOG_FORMAT: v.nullable(v.picklist(["text", "json"], "must be text or json"), null),
});

/**
 * Reads the environment. An empty variable counts as not set. Throws a refusal with a sentence for each variable
 * that cannot be used; secrets are not repeated in it.
 */
export function parseSettings(environment: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(
    Object.keys(Variables.entries).map((name) => [name, environment[name] || null]),
  );
  const result = v.safeParse(Variables, given);
  if (!result.success) throw new StartRefusal(complain(result.issues));
  const read = result.output;
  if ((read.UPSTASH_REDIS_REST_URL === null) !== (read.UPSTASH_REDIS_REST_TOKEN === null)) {
    throw new StartRefusal(
      "UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN belong together: set both, or neither.",
    );
  }
  const httpPort = read.HTTP_PORT!;
  const directory = read.DATA_DIR!;
  return {
    dataDirectory: isAbsolute(directory) ? directory : resolve(repositoryRoot, directory),
    httpPort,
    rtmpPort: read.RTMP_PORT!,
    apiPort: read.PORT!,
    internalPort: read.INTERNAL_PORT,
    databaseUrl: read.DATABASE_URL,
    redisUrl: read.REDIS_URL,
    upstash:
      read.UPSTASH_REDIS_REST_URL !== null && read.UPSTASH_REDIS_REST_TOKEN !== null
        ? { url: read.UPSTASH_REDIS_REST_URL, token: read.UPSTASH_REDIS_REST_TOKEN }
        : null,
    jwtSecret: read.JWT_SECRET,
    internalApiKey: read.INTERNAL_API_KEY,
    admin: { email: read.ADMIN_EMAIL, password: read.ADMIN_PASSWORD },
    rtmpHost: read.RTMP_HOST!,
    hlsHost: read.HLS_HOST ?? `localhost:${httpPort}`,
    corsOrigin: read.CORS_ORIGIN!,
    trustedProxies: read.TRUSTED_PROXIES!,
    gateways: Number(read.GATEWAYS),
    roomProcesses: Number(read.ROOM_PROCESSES),
    roomsInspectorPort: read.ROOMS_INSPECTOR_PORT,
    apiProcesses: Number(read.API_PROCESSES),
    nodeName: read.NODE_NAME,
    mediaLimits: readMediaLimits(environment),
    logFormat: read.LOG_FORMAT,
    forApi: passOn(environment),
  };
}

function passOn(environment: Record<string, string | undefined>): Record<string, string> {
  const own = new Set(Object.keys(Variables.entries));
  return Object.fromEntries(
    apiVariables
      .filter((name) => !own.has(name) && environment[name])
      .map((name) => [name, environment[name]!]),
  );
}

/** Values of these are shown in a complaint, because seeing one's typing error helps and they are not secret. */
const showable = /^(DATA_DIR|.*PORT|GATEWAYS|ROOM_PROCESSES|API_PROCESSES|LOG_FORMAT|ADMIN_EMAIL)$/;

function complain(issues: readonly v.BaseIssue<unknown>[]): string {
  const first = new Map<string, string>();
  for (const { path, message, input } of issues) {
    const name = String(path?.[0]?.key ?? "The environment");
    const value = showable.test(name) && typeof input === "string" ? `, but it is "${input}"` : "";
    if (!first.has(name)) first.set(name, `${name} ${message}${value}.`);
  }
  return [...first.values()].join("\n");
}
