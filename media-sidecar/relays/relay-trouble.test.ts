import { expect, it } from "vitest";
import { RelayTrouble, troubleOf, withoutKey } from "./relay-trouble.ts";

it("takes the key out of what a destination says, with and without what stands behind it", () => {
  const key = "live_1234?backup=1";
  expect(withoutKey("Stream live_1234?backup=1 is busy", key)).toBe("Stream [key] is busy");
  expect(withoutKey("live_1234 is unknown, live_1234", key)).toBe("[key] is unknown, [key]");
  expect(withoutKey("all is well", "?x")).toBe("all is well");
});

it("shows no control characters and no novel", () => {
  expect(withoutKey("a\u001b[31mb\n\0c", "key")).toBe("a [31mb  c");
  expect(withoutKey("x".repeat(5000), "key")).toHaveLength(200);
});

it("has words for what happens to connections, and keeps those that were found", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 192.0.2.1:1935"), { code: "ECONNREFUSED" });
  expect(troubleOf(refused, "a.test:1935").message).toBe(
    "a.test:1935 refused the connection: nothing listens there",
  );
  expect(troubleOf(new Error("no answer to connect"), "a.test:1935").message).toBe(
    "a.test:1935: no answer to connect",
  );
  const own = new RelayTrouble("said already", { permanent: true });
  expect(troubleOf(own, "a.test")).toBe(own);
});

it("says no more than the edge takes, whatever an address looks like", () => {
  const where = `${"a".repeat(2000)}.test:1935`;
  expect(troubleOf(Object.assign(new Error("x"), { code: "ETIMEDOUT" }), where).message).toHaveLength(500);
});
