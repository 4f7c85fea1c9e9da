import { Problem } from "../../protocol/problem.ts";
import { requireUser } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { hashOfNobody } from "../password-hashing/stored-hash.ts";
import { type ApiContext, clientAddress } from "../request-context.ts";
import type { AttemptLimiter } from "./attempt-limiter.ts";
import { readPasswordHash } from "./password-changes.ts";
import { giveBackAttempts, loginLimits, takeAttempts } from "./sign-in-limits.ts";

/**
 * The stored hash, where the caller's own password is this one; else throws `bad-credentials`. Failures count as those
 * of a login: a stolen token must not become a place to guess the password at.
 */
export async function verifyOwnPassword(
  { db, environment, passwordHasher }: ApiDependencies,
  limiter: AttemptLimiter,
  c: ApiContext,
  password: string,
): Promise<string> {
  const { user } = requireUser(c);
  const limits = await loginLimits(environment.limits, user.email, clientAddress(c));
  await takeAttempts(limiter, limits);
  const stored = await readPasswordHash(db, user.id);
  const matches = await passwordHasher.verify(password, stored ?? hashOfNobody);
  if (stored === null || !matches) throw new Problem("bad-credentials");
  await giveBackAttempts(limiter, limits);
  return stored;
}
