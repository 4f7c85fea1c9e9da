import { expect, test } from "vitest";
import { looksLikeEmail, normaliseEmail } from "./email.ts";

test.each([
  ["  Ada@Example.ORG \n", "ada@example.org"],
  ["ada@m\u00fcller.example", "ada@xn--mller-kva.example"],
  ["ada@mu\u0308ller.example", "ada@xn--mller-kva.example"],
  ["ada@XN--MLLER-KVA.example", "ada@xn--mller-kva.example"],
  ["Jose\u0301@example.org", "jos\u00e9@example.org"],
  ["ada@\uff45xample.org", "ada@example.org"],
])("%j is kept as %j", (written, kept) => {
  expect(normaliseEmail(written)).toBe(kept);
  expect(normaliseEmail(kept)).toBe(kept);
  expect(looksLikeEmail(kept)).toBe(true);
});

test.each([
  "",
  "ada",
  "@example.org",
  "ada@",
  "ada@localhost",
  "ada@example.org@example.com",
  "ada lovelace@example.org",
  "ada@exa mple.org",
  "ada@example..org",
  "ada@-example.org",
  "ada\u0000@example.org",
  "ada@example.org\r\nBcc: eve@example.org",
  "Ada <ada@example.org>",
  "ada,eve@example.org",
  "\ud800@example.org",
  "ada\u202e@example.org",
  "ada@127.1/x.org",
  "ada@%65xample.org",
  `${"a".repeat(65)}@example.org`,
  `a@${"b.".repeat(200)}org`,
  "a".repeat(1_000_000),
])("%j is no address", (written) => {
  expect(looksLikeEmail(normaliseEmail(written))).toBe(false);
});
