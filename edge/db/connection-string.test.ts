import { expect, test } from "vitest";
import { connectionString, connectionStringFrom } from "./connection-string.ts";

const parts = { user: "rostrum", password: "plain", host: "postgres", port: 5432, database: "rostrum" };

test.each(["p@ss", "a:b", "a/b", "#hash", "@/:#?&=+ %41", "ключ"])(
  "a password %j survives the connection string",
  (password) => {
    const url = new URL(connectionString({ ...parts, password }));
    expect(decodeURIComponent(url.password)).toBe(password);
    expect([url.hostname, url.port, url.pathname, url.search, url.hash]).toEqual([
      "postgres",
      "5432",
      "/rostrum",
      "",
      "",
    ]);
  },
);

test("an IPv6 host is bracketed", () => {
  expect(connectionString({ ...parts, host: "::1" })).toBe("postgres://rostrum:plain@[::1]:5432/rostrum");
});

test("DATABASE_URL wins over its parts, and without either there is none", () => {
  expect(connectionStringFrom({ DATABASE_URL: "postgres://x/y", DB_PASSWORD: "z" })).toBe("postgres://x/y");
  expect(connectionStringFrom({ DB_PASSWORD: "a@b", DB_HOST: "db" })).toBe(
    "postgres://rostrum:a%40b@db:5432/rostrum",
  );
  expect(connectionStringFrom({ DB_PASSWORD: "" })).toBeNull();
});
