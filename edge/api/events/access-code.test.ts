import { expect, test } from "vitest";
import { hashAccessCode, isAccessCode } from "./access-code.ts";

const secret = "a secret for tests only, long enough";

test("an access code is known by its hash, in its event only", async () => {
  const hash = await hashAccessCode(secret, "evt_a", "Sésame-2026");
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await isAccessCode(secret, "evt_a", "Sésame-2026", hash)).toBe(true);
  expect(await isAccessCode(secret, "evt_a", "Se\u0301same-2026", hash)).toBe(true);
  expect(await isAccessCode(secret, "evt_b", "Sésame-2026", hash)).toBe(false);
  expect(await isAccessCode("another secret for tests, long enough", "evt_a", "Sésame-2026", hash)).toBe(
    false,
  );
});

test.each(["sésame-2026", "Sésame-202", "", "Sésame-2026\0"])("%j is not the code", async (code) => {
  const hash = await hashAccessCode(secret, "evt_a", "Sésame-2026");
  expect(await isAccessCode(secret, "evt_a", code, hash)).toBe(false);
});

test("what is no hash matches nothing", async () => {
  for (const hash of ["", "00", "zz".repeat(32), "0".repeat(63)]) {
    expect(await isAccessCode(secret, "evt_a", "code", hash)).toBe(false);
  }
});
