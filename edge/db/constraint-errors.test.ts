import { DrizzleQueryError } from "drizzle-orm/errors";
import { expect, test } from "vitest";
import { isDatabaseAway, isUnstorableText, loggableCause, violatedConstraint } from "./constraint-errors.ts";

const failed = (fields: object) =>
  new DrizzleQueryError("select secret_column", ["hunter2"], Object.assign(new Error("driver"), fields));

test.each([
  [{ code: "ECONNREFUSED" }, true],
  [{ code: "CONNECT_TIMEOUT" }, true],
  [{ code: "57P01" }, true],
  [{ code: "08006" }, true],
  [{ code: "53300" }, true],
  [{ message: "proxy request failed, cannot connect to the specified address" }, true],
  [{ message: "Network connection lost." }, true],
  [{ code: "23505" }, false],
  [{ code: "42P01" }, false],
  [{ message: "Cannot read properties of undefined" }, false],
])("%j means the database is away: %s", (fields, away) => {
  expect(isDatabaseAway(failed(fields))).toBe(away);
  expect(isDatabaseAway(failed(fields).cause)).toBe(away);
});

test("what is no error of the driver is nothing of this", () => {
  for (const error of [null, undefined, "text", 7, new Error("other"), {}]) {
    expect(isDatabaseAway(error)).toBe(false);
    expect(isUnstorableText(error)).toBe(false);
    expect(violatedConstraint(error)).toBeNull();
  }
});

test("a violation names its kind and constraint", () => {
  const error = failed({ code: "23514", constraint_name: "events_capacity" });
  expect(violatedConstraint(error)).toEqual({ kind: "check", constraint: "events_capacity" });
});

test("what may be logged has neither the statement nor its parameters", () => {
  expect(String(loggableCause(failed({ code: "42P01" })))).toBe("Error: driver");
});
