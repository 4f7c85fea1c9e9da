import { expect, test } from "vitest";
import { openSecret, sealSecret } from "./sealed-secret.ts";

const deployment = "a secret for tests only, long enough";
const key = "live_1234-abcd?backup=1";

test("a sealed secret opens for what it was sealed for, and reads differently each time", async () => {
  const sealed = await sealSecret(deployment, "relay-key", "rly_a", key);
  expect(sealed).not.toContain("live_1234");
  expect(await openSecret(deployment, "relay-key", "rly_a", sealed)).toBe(key);
  expect(await sealSecret(deployment, "relay-key", "rly_a", key)).not.toBe(sealed);
});

test("it opens neither in another row, nor for another audience, nor under another deployment's secret", async () => {
  const sealed = await sealSecret(deployment, "relay-key", "rly_a", key);
  expect(await openSecret(deployment, "relay-key", "rly_b", sealed)).toBeNull();
  expect(await openSecret(deployment, "session", "rly_a", sealed)).toBeNull();
  expect(await openSecret(`${deployment}!`, "relay-key", "rly_a", sealed)).toBeNull();
});

test("nothing that was changed opens, and what was never sealed does not throw", async () => {
  const sealed = await sealSecret(deployment, "relay-key", "rly_a", key);
  // The last letter of base64url carries bits that say nothing.
  for (let at = 0; at < sealed.length - 1; at++) {
    const letter = sealed[at] === "A" ? "B" : "A";
    const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1);
    expect(await openSecret(deployment, "relay-key", "rly_a", changed), changed).toBeNull();
  }
  for (const text of ["", "v1", "v1.", "v1..", "v1.!.!", "v2.AAAA.AAAA", `${sealed}.`, key]) {
    expect(await openSecret(deployment, "relay-key", "rly_a", text), text).toBeNull();
  }
});
