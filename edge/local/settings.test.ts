import { describe, expect, it } from "vitest";
import { repositoryRoot } from "./repository-root.ts";
import { parseSettings } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";

describe("the settings of npm start", () => {
  it("need nothing", () => {
    expect(parseSettings({})).toMatchObject({
      dataDirectory: `${repositoryRoot}/.data`,
      httpPort: 8080,
      rtmpPort: 1935,
      apiPort: 3000,
      internalPort: null,
      databaseUrl: null,
      upstash: null,
      hlsHost: "localhost:8080",
      admin: { email: "admin@rostrum.local", password: null },
      gateways: 2,
      apiProcesses: 1,
    });
  });

  it("take ports and the data folder, and announce the port where media is found", () => {
    expect(
      parseSettings({ HTTP_PORT: "9080", DATA_DIR: "/tmp/elsewhere", INTERNAL_PORT: "9001" }),
    ).toMatchObject({
      httpPort: 9080,
      internalPort: 9001,
      hlsHost: "localhost:9080",
      dataDirectory: "/tmp/elsewhere",
    });
  });

  it("count an empty variable as not set", () => {
    expect(parseSettings({ HTTP_PORT: "", DATABASE_URL: "", JWT_SECRET: "" })).toMatchObject({
      httpPort: 8080,
      databaseUrl: null,
      jwtSecret: null,
    });
  });

  it("hand on what only the API reads", () => {
    expect(parseSettings({ JWT_EXPIRES_IN: "2h", HASH_QUEUE: "8", PATH: "/bin" }).forApi).toEqual({
      JWT_EXPIRES_IN: "2h",
      HASH_QUEUE: "8",
    });
  });

  it.each([
    [{ HTTP_PORT: "80a" }, 'HTTP_PORT must be a port number from 1 to 65535, but it is "80a".'],
    [{ RTMP_PORT: "0" }, 'RTMP_PORT must be a port number from 1 to 65535, but it is "0".'],
    [{ PORT: "70000" }, 'PORT must be a port number from 1 to 65535, but it is "70000".'],
    [{ GATEWAYS: "none" }, 'GATEWAYS must be a whole number from 1 to 999, but it is "none".'],
    [{ API_PROCESSES: "65" }, 'API_PROCESSES must be a whole number from 1 to 64, but it is "65".'],
    [{ LOG_FORMAT: "xml" }, 'LOG_FORMAT must be text or json, but it is "xml".'],
    [{ ADMIN_EMAIL: "nobody" }, 'ADMIN_EMAIL is not an email address, but it is "nobody".'],
    [{ ADMIN_PASSWORD: "short" }, "ADMIN_PASSWORD must have 8 to 200 characters."],
    [{ DATABASE_URL: "mysql://u:secret@h/d" }, "DATABASE_URL must be a URL like postgres://host."],
    [{ REDIS_URL: "localhost" }, "REDIS_URL must be a URL like redis://host."],
    [
      { UPSTASH_REDIS_REST_URL: "https://x.example" },
      "UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN belong together: set both, or neither.",
    ],
  ])("refuse %j in one sentence", (environment, sentence) => {
    expect(() => parseSettings(environment)).toThrow(new StartRefusal(sentence));
  });
});
