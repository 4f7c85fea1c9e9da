import { expect, test } from "vitest";
import { createLocalHasher } from "./local-hasher.ts";
import { scryptHash, scryptVerify } from "./scrypt.ts";
import { hashOfNobody } from "./stored-hash.ts";

test("a password matches its own hash and no other", async () => {
  const stored = await scryptHash("correct horse");
  expect(stored).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
  expect(await scryptVerify("correct horse", stored)).toBe(true);
  expect(await scryptVerify("correct horsf", stored)).toBe(false);
});

test("two hashes of one password differ", async () => {
  expect(await scryptHash("same")).not.toBe(await scryptHash("same"));
});

test("one letter typed in two ways is one password", async () => {
  expect(await scryptVerify("caf\u0065\u0301", await scryptHash("caf\u00e9"))).toBe(true);
});

test("the hash of nobody matches nothing", async () => {
  expect(await scryptVerify("", hashOfNobody)).toBe(false);
});

test("a full queue is a problem that says when to come back", async () => {
  const hasher = createLocalHasher(1);
  const first = hasher.hash("one");
  await expect(hasher.hash("two")).rejects.toMatchObject({
    code: "too-many-requests",
    options: { retryAfterSeconds: 2 },
  });
  await first;
});
