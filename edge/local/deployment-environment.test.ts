import { describe, expect, it } from "vitest";
import { deploymentEnvironment } from "./deployment-environment.ts";

const complete = {
  DB_PASSWORD: "p@ss/w:rd#1",
  JWT_SECRET: "a-secret-of-more-than-32-characters!",
  INTERNAL_API_KEY: "internal-key",
  ROOMS_URL: "http://rooms:1999",
  UPSTASH_REDIS_REST_URL: "http://redis-bridge:8079",
  UPSTASH_REDIS_REST_TOKEN: "token",
};

describe("a deployment", () => {
  it("keeps every character of DB_PASSWORD", () => {
    const { DATABASE_URL = "" } = deploymentEnvironment(complete);
    const url = new URL(DATABASE_URL);
    expect(decodeURIComponent(url.password)).toBe("p@ss/w:rd#1");
    expect(url.host).toBe("postgres:5432");
  });

  it("takes a DATABASE_URL as it is, and an empty variable as not set", () => {
    const url = "postgres://u:p@db.example:6432/live";
    const environment = deploymentEnvironment({ ...complete, DATABASE_URL: url, CORS_ORIGIN: "" });
    expect(environment.DATABASE_URL).toBe(url);
    expect(environment).not.toHaveProperty("CORS_ORIGIN");
  });

  it.each([
    ["DB_PASSWORD", undefined],
    ["DB_PASSWORD", ""],
    ["JWT_SECRET", undefined],
    ["JWT_SECRET", "too-short"],
    ["JWT_SECRET", "a".repeat(40)],
    ["INTERNAL_API_KEY", undefined],
    ["INTERNAL_API_KEY", ""],
    ["JWT_EXPIRES_IN", "soon"],
  ])("refuses %s = %j and says which it is, not what it is", (name, value) => {
    const attempt = () => deploymentEnvironment({ ...complete, [name]: value });
    expect(attempt).toThrow(name);
    if (value) expect(attempt).not.toThrow(value);
  });
});
