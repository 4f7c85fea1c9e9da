import { expect, test } from "vitest";
import { EnvironmentError, parseEnvironment } from "./environment.ts";

const good = {
  DATABASE_URL: "postgres://rostrum:secret@postgres:5432/rostrum",
  JWT_SECRET: "0123456789abcdefghijklmnopqrstuv",
  INTERNAL_API_KEY: "internal",
  ROOMS_URL: "http://rooms:1999/",
  UPSTASH_REDIS_REST_URL: "http://redis-bridge:8079",
  UPSTASH_REDIS_REST_TOKEN: "token",
};

function complaint(variables: Record<string, unknown>): string {
  try {
    parseEnvironment({ ...good, ...variables });
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
  return "";
}

test("what is not set has its default", () => {
  expect(parseEnvironment(good)).toMatchObject({
    jwtLifetimeSeconds: 604_800,
    corsOrigins: "*",
    rtmpHost: "localhost",
    rtmpPort: 1935,
    hlsHost: "localhost:8080",
    roomsUrl: "http://rooms:1999",
    hasherUrl: null,
    trustedProxies: ["127.0.0.1", "::1"],
    engagement: {
      weights: { watching: 50, messages: 15, questions: 10, upvotes: 5, votes: 15, reactions: 5 },
      scales: { messages: 5, questions: 2, upvotes: 4, votes: 2, reactions: 10 },
    },
    limits: {
      loginFailuresPerAccount: 10,
      loginFailuresPerAddress: 200,
      loginWindowSeconds: 900,
      registrationsPerAddress: 500,
      registrationWindowSeconds: 3600,
    },
  });
});

test("an empty variable and one that workerd found unset count as not set", () => {
  const given = parseEnvironment({
    ...good,
    RTMP_HOST: "",
    HLS_HOST: null,
    CORS_ORIGIN: "",
    HASHER_URL: null,
  });
  expect(given).toEqual(parseEnvironment(good));
});

test.each([
  [{ JWT_SECRET: undefined }, "JWT_SECRET is not set"],
  [{ JWT_SECRET: null }, "JWT_SECRET is not set"],
  [{ JWT_SECRET: "" }, "JWT_SECRET is not set"],
  [{ JWT_SECRET: "too short" }, "JWT_SECRET is too short: it needs at least 32 characters"],
  [{ JWT_SECRET: "a".repeat(64) }, "JWT_SECRET is too simple"],
  [{ JWT_SECRET: "your-32-character-minimum-secret" }, "JWT_SECRET is the example of a manual"],
  [{ INTERNAL_API_KEY: "your-internal-key" }, "INTERNAL_API_KEY is the example of a manual"],
  [{ INTERNAL_API_KEY: "" }, "INTERNAL_API_KEY is"],
  [{ INTERNAL_API_KEY: "   " }, "INTERNAL_API_KEY is empty"],
  [{ INTERNAL_API_KEY: "two words" }, "INTERNAL_API_KEY may have"],
  [{ DATABASE_URL: undefined }, "DATABASE_URL is not set"],
  [{ DATABASE_URL: "mysql://x/y" }, "DATABASE_URL must be a URL that begins with postgres://"],
  [{ JWT_EXPIRES_IN: "soon" }, "JWT_EXPIRES_IN must be a time like 7d"],
  [{ JWT_EXPIRES_IN: "1s" }, "JWT_EXPIRES_IN must be at least a minute"],
  [{ RTMP_PORT: "65536" }, "RTMP_PORT must be at most 65535"],
  [{ GATEWAYS: "0" }, "GATEWAYS must be at least 1"],
  [{ GATEWAYS: "two" }, "GATEWAYS must be a whole number"],
  [{ CORS_ORIGIN: "example.org" }, "CORS_ORIGIN must be"],
  [{ HLS_HOST: "a host" }, "HLS_HOST must be a host"],
  [{ ENGAGEMENT_WEIGHTS: "likes=5" }, "ENGAGEMENT_WEIGHTS may name watching, messages"],
  [{ ENGAGEMENT_WEIGHTS: "watching=-5" }, "ENGAGEMENT_WEIGHTS must be like"],
  [{ ENGAGEMENT_WEIGHTS: "watching=0,votes=0" }, "ENGAGEMENT_WEIGHTS must give at least one part"],
  [{ ENGAGEMENT_SCALES: "votes=0" }, "ENGAGEMENT_SCALES must give votes a scale above 0"],
])("%j is refused by name and reason", (variables, reason) => {
  expect(complaint(variables)).toContain(reason);
});

test("each bad variable has one line, and no value is repeated", () => {
  const message = complaint({ JWT_SECRET: "hunter2", INTERNAL_API_KEY: "a secret\n", GATEWAYS: "many" });
  expect(message.split("\n").map((line) => line.split(" ")[0])).toEqual([
    "JWT_SECRET",
    "INTERNAL_API_KEY",
    "GATEWAYS",
  ]);
  expect(message).not.toMatch(/hunter2|a secret|many/);
});

test.each([
  ["90", 90],
  ["90s", 90],
  ["30m", 1800],
  ["12h", 43_200],
  ["7d", 604_800],
  ["2w", 1_209_600],
])("JWT_EXPIRES_IN=%s is %i seconds", (text, seconds) => {
  expect(parseEnvironment({ ...good, JWT_EXPIRES_IN: text }).jwtLifetimeSeconds).toBe(seconds);
});

test("hosts may carry a scheme, origins are a list, proxies networks", () => {
  const given = parseEnvironment({
    ...good,
    HLS_HOST: "https://live.example.org/",
    CORS_ORIGIN: "https://a.example, https://b.example/",
    TRUSTED_PROXIES: "10.0.0.0/8, ::1",
  });
  expect(given.hlsHost).toBe("https://live.example.org");
  expect(given.corsOrigins).toEqual(["https://a.example", "https://b.example"]);
  expect(given.trustedProxies).toEqual(["10.0.0.0/8", "::1"]);
});

test("links in mails lead where HLS is served, unless told otherwise, and mails come from there", () => {
  const read = (variables: Record<string, string>) => {
    const { publicUrl, mail } = parseEnvironment({ ...good, ...variables });
    return [publicUrl, mail.from];
  };
  expect(read({})).toEqual(["http://localhost:8080", "Rostrum <no-reply@rostrum.local>"]);
  expect(read({ HLS_HOST: "https://live.example.org" })).toEqual([
    "https://live.example.org",
    "Rostrum <no-reply@live.example.org>",
  ]);
  expect(read({ HLS_HOST: "192.0.2.1:8080" })).toEqual([
    "http://192.0.2.1:8080",
    "Rostrum <no-reply@rostrum.local>",
  ]);
  expect(read({ PUBLIC_URL: "https://example.org/", MAIL_FROM: "Events <events@example.org>" })).toEqual([
    "https://example.org",
    "Events <events@example.org>",
  ]);
});

test.each([
  ["SMTP_URL", "http://user:secret@mail.example.org"],
  ["SMTP_URL", "mail.example.org"],
  ["MAIL_FROM", "nobody"],
  ["MAIL_FROM", "A <a@example.org>\r\nBcc: eve@example.org"],
  ["PUBLIC_URL", "example.org"],
  ["MAIL_TO_LOG", "yes"],
])("%s=%j is refused, and its value is not repeated", (name, value) => {
  const message = complaint({ [name]: value });
  expect(message).toMatch(new RegExp(`^${name} must be`));
  expect(message).not.toContain("secret");
});
