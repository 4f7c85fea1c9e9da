import * as v from "valibot";
import { roomProcesses } from "../protocol/room-placement.ts";
import {
  defaultScales,
  defaultWeights,
  type EngagementSettings,
  parseScales,
  parseWeights,
} from "./analytics/engagement-settings.ts";

/** Everything the API is told from outside, parsed once. Names as in the README's table of variables. */
export interface Environment {
  databaseUrl: string;
  jwtSecret: string;
  jwtLifetimeSeconds: number;
  internalApiKey: string;
  /** "*" or the origins that may call from another site. */
  corsOrigins: "*" | string[];
  rtmpHost: string;
  rtmpPort: number;
  /** Host, port and optional scheme of the HLS server, as given. */
  hlsHost: string;
  /** Where the API reaches the rooms, without a trailing slash. */
  /** One address, or those of all room processes, separated by commas (edge/protocol/room-placement.ts). */
  roomsUrl: string;
  gateways: number;
  redisRestUrl: string;
  redisRestToken: string;
  /** Where passwords are hashed; null: in this process. */
  hasherUrl: string | null;
  hashQueue: number;
  /** Where browsers reach the pages, for links in mails; without a trailing slash. */
  publicUrl: string;
  mail: {
    /** Null: no mail leaves. */
    smtpUrl: string | null;
    from: string;
    /** Mails that cannot leave are written to the log, links and all: for development only. */
    toLog: boolean;
  };
  /** Addresses or networks (CIDR) whose X-Forwarded-* and X-Request-Id are believed. */
  trustedProxies: string[];
  /** How often players say how they do. */
  beatSeconds: number;
  /** For how many days the raw log of watching, its minutes, and each viewer's hours are kept. */
  analyticsDays: { raw: number; minutes: number; viewers: number };
  engagement: EngagementSettings;
  limits: {
    /** Beats, and anonymous viewers made, from one address in a minute. */
    beatsPerAddress: number;
    newViewersPerAddress: number;
    loginFailuresPerAccount: number;
    loginFailuresPerAddress: number;
    loginWindowSeconds: number;
    registrationsPerAddress: number;
    registrationWindowSeconds: number;
  };
}

/** A variable that keeps the process from starting; the message names it and says what to do. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

const count = (fallback: number, max = 1_000_000) =>
  v.pipe(
    v.optional(text(), String(fallback)),
    v.regex(/^\d{1,7}$/, "must be a whole number"),
    v.transform(Number),
    v.minValue(1, "must be at least 1"),
    v.maxValue(max, `must be at most ${max}`),
  );
const url = (protocols: string[]) =>
  v.pipe(
    v.string("is not set"),
    v.check(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    ),
    v.transform((value) => value.replace(/\/+$/, "")),
  );
const host = (fallback: string) =>
  v.pipe(
    v.optional(text(), fallback),
    v.regex(/^([a-z]+:\/\/)?[^\s/?#@]+\/?$/i, "must be a host, with a port or scheme if need be"),
    v.transform((value) => value.replace(/\/$/, "")),
  );

/** `your-32-character-minimum-secret` is long enough, and everyone knows it. */
const notFromManual = v.check<string, string>(
  (secret) => !secret.startsWith("your-"),
  "is the example of a manual, which everyone knows: `openssl rand -base64 32` makes a good one",
);

function text() {
  return v.string("must be a text");
}

/** By a parser of its own, which says what it does not like. */
function parsed<T>(
  fallback: string,
  parse: (text: string) => { ok: true; value: T } | { ok: false; reason: string },
) {
  return v.pipe(
    v.optional(text(), fallback),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const result = parse(dataset.value);
      if (result.ok) return result.value;
      addIssue({ message: result.reason });
      return NEVER;
    }),
  );
}

const Variables = v.object({
  DATABASE_URL: url(["postgres:", "postgresql:"]),
  JWT_SECRET: v.pipe(
    v.string("is not set: give it at least 32 random characters"),
    v.minLength(32, "is too short: it needs at least 32 characters"),
    v.check(
      (secret) => new Set(secret).size >= 8,
      "is too simple: it needs at least 8 different characters; `openssl rand -base64 32` makes a good one",
    ),
    notFromManual,
  ),
  JWT_EXPIRES_IN: v.pipe(
    v.optional(text(), "7d"),
    v.regex(/^\d{1,9}[smhdw]?$/, "must be a time like 7d, 12h, 30m or 3600 (seconds)"),
    v.transform(durationSeconds),
    v.minValue(60, "must be at least a minute"),
    v.maxValue(366 * 86_400, "must be at most 366 days"),
  ),
  INTERNAL_API_KEY: v.pipe(
    v.string("is not set: media servers and rooms identify themselves by it"),
    v.check((key) => key.trim() !== "", "is empty: media servers and rooms identify themselves by it"),
    // It travels in a header, where anything else would be refused or changed on the way.
    v.regex(/^[\x21-\x7e]*$/, "may have letters, digits and signs of ASCII only, without spaces"),
    notFromManual,
  ),
  CORS_ORIGIN: v.pipe(
    v.optional(text(), "*"),
    v.transform((value) => value.split(",").map((origin) => origin.trim().replace(/\/$/, ""))),
    v.check(
      (origins) => origins.every((origin) => origin === "*" || URL.canParse(origin)),
      "must be * or origins like https://example.org, separated by commas",
    ),
    v.transform((origins): "*" | string[] => (origins.includes("*") ? "*" : origins)),
  ),
  RTMP_HOST: host("localhost"),
  RTMP_PORT: count(1935, 65_535),
  HLS_HOST: host("localhost:8080"),
  ROOMS_URL: v.pipe(
    v.string("is not set"),
    v.transform(roomProcesses),
    v.array(url(["http:", "https:"])),
    v.transform((urls) => urls.join()),
  ),
  GATEWAYS: count(2, 1024),
  UPSTASH_REDIS_REST_URL: url(["http:", "https:"]),
  UPSTASH_REDIS_REST_TOKEN: v.string("is not set"),
  HASHER_URL: v.optional(url(["http:", "https:"])),
  HASH_QUEUE: count(64),
  PUBLIC_URL: v.optional(url(["http:", "https:"])),
  SMTP_URL: v.optional(url(["smtp:", "smtps:"])),
  MAIL_FROM: v.optional(
    v.pipe(
      text(),
      v.regex(
        /^([^<>\p{C}]{1,100} )?<?[^\s<>@\p{C}]+@[^\s<>@\p{C}]+>?$/u,
        "must be like Rostrum <no-reply@example.org>",
      ),
    ),
  ),
  MAIL_TO_LOG: v.optional(v.picklist(["true", "false"], "must be true or false"), "false"),
  TRUSTED_PROXIES: v.pipe(
    v.optional(text(), ""),
    v.transform((value) => parseTrustedProxies(value)),
  ),
  BEAT_SECONDS: count(15, 60),
  ANALYTICS_RAW_DAYS: count(30, 3650),
  ANALYTICS_MINUTE_DAYS: count(400, 36_500),
  ANALYTICS_VIEWER_DAYS: count(3650, 36_500),
  ENGAGEMENT_WEIGHTS: parsed(defaultWeights, parseWeights),
  ENGAGEMENT_SCALES: parsed(defaultScales, parseScales),
  BEATS_PER_ADDRESS: count(6000),
  NEW_VIEWERS_PER_ADDRESS: count(600),
  LOGIN_FAILURES_PER_ACCOUNT: count(10),
  LOGIN_FAILURES_PER_ADDRESS: count(200),
  LOGIN_WINDOW_SECONDS: count(900),
  REGISTRATIONS_PER_ADDRESS: count(500),
  REGISTRATION_WINDOW_SECONDS: count(3600),
});

/** The names of all of them, for what hands them on: workerd binds only what it is told to. */
export const apiVariables: readonly string[] = Object.keys(Variables.entries);

/**
 * Reads the variables. One that workerd found unset arrives as null, and an empty one counts as not set, as compose
 * files hand them on. Throws EnvironmentError with one line for each variable that is missing or wrong; values are
 * never repeated.
 */
export function parseEnvironment(values: Record<string, unknown>): Environment {
  const given = Object.fromEntries(
    Object.keys(Variables.entries)
      .map((name) => [name, values[name]] as const)
      .filter(([, value]) => value !== undefined && value !== null)
      .filter(([name, value]) => value !== "" || name === "INTERNAL_API_KEY"),
  );
  const result = v.safeParse(Variables, given);
  if (!result.success) throw new EnvironmentError(complaints(result.issues).join("\n"));
  const read = result.output;
  return {
    databaseUrl: read.DATABASE_URL,
    jwtSecret: read.JWT_SECRET,
    jwtLifetimeSeconds: read.JWT_EXPIRES_IN,
    internalApiKey: read.INTERNAL_API_KEY,
    corsOrigins: read.CORS_ORIGIN,
    rtmpHost: read.RTMP_HOST,
    rtmpPort: read.RTMP_PORT,
    hlsHost: read.HLS_HOST,
    roomsUrl: read.ROOMS_URL,
    gateways: read.GATEWAYS,
    redisRestUrl: read.UPSTASH_REDIS_REST_URL,
    redisRestToken: read.UPSTASH_REDIS_REST_TOKEN,
    hasherUrl: read.HASHER_URL ?? null,
    hashQueue: read.HASH_QUEUE,
    publicUrl: publicUrlOf(read.PUBLIC_URL, read.HLS_HOST),
    mail: {
      smtpUrl: read.SMTP_URL ?? null,
      from: read.MAIL_FROM ?? `Rostrum <no-reply@${mailDomain(publicUrlOf(read.PUBLIC_URL, read.HLS_HOST))}>`,
      toLog: read.MAIL_TO_LOG === "true",
    },
    trustedProxies: read.TRUSTED_PROXIES,
    beatSeconds: read.BEAT_SECONDS,
    analyticsDays: {
      raw: read.ANALYTICS_RAW_DAYS,
      minutes: read.ANALYTICS_MINUTE_DAYS,
      viewers: read.ANALYTICS_VIEWER_DAYS,
    },
    engagement: { weights: read.ENGAGEMENT_WEIGHTS, scales: read.ENGAGEMENT_SCALES },
    limits: {
      beatsPerAddress: read.BEATS_PER_ADDRESS,
      newViewersPerAddress: read.NEW_VIEWERS_PER_ADDRESS,
      loginFailuresPerAccount: read.LOGIN_FAILURES_PER_ACCOUNT,
      loginFailuresPerAddress: read.LOGIN_FAILURES_PER_ADDRESS,
      loginWindowSeconds: read.LOGIN_WINDOW_SECONDS,
      registrationsPerAddress: read.REGISTRATIONS_PER_ADDRESS,
      registrationWindowSeconds: read.REGISTRATION_WINDOW_SECONDS,
    },
  };
}

/** The nginx that serves HLS serves the pages too, unless told otherwise. */
function publicUrlOf(given: string | undefined, hlsHost: string): string {
  return given ?? (/^https?:\/\//i.test(hlsHost) ? hlsHost : `http://${hlsHost}`);
}

function mailDomain(publicUrl: string): string {
  const name = URL.canParse(publicUrl) ? new URL(publicUrl).hostname : "";
  return /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/.test(name) ? name : "rostrum.local";
}

/** The entry Worker reads this one variable for itself, before any application does. Default: this machine. */
export function parseTrustedProxies(value: unknown): string[] {
  const parts = typeof value === "string" ? value.split(",").map((part) => part.trim()) : [];
  const given = parts.filter((part) => part !== "");
  return given.length > 0 ? given : ["127.0.0.1", "::1"];
}

/** The first complaint about each variable. */
function complaints(issues: readonly v.BaseIssue<unknown>[]): string[] {
  const first = new Map<string, string>();
  for (const issue of issues) {
    const name = String(issue.path?.[0]?.key ?? "environment");
    const missing = issue.kind === "schema" && issue.input === undefined;
    const reason = missing && issue.message.startsWith("Invalid") ? "is not set" : issue.message;
    if (!first.has(name)) first.set(name, `${name} ${reason}`);
  }
  return [...first.values()];
}

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function durationSeconds(value: string): number {
  const unit = unitSeconds[value.slice(-1)];
  return unit === undefined ? Number(value) : Number(value.slice(0, -1)) * unit;
}
