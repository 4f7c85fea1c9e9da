import { Problem } from "../../protocol/problem.ts";
import type { Environment } from "../environment.ts";
import type { AttemptLimit, AttemptLimiter } from "./attempt-limiter.ts";

/** The limits of one login: failures of this account, and failures from this address. */
export async function loginLimits(
  limits: Environment["limits"],
  email: string,
  address: string | null,
): Promise<AttemptLimit[]> {
  const windowSeconds = limits.loginWindowSeconds;
  return [
    { name: `login:account:${await digest(email)}`, max: limits.loginFailuresPerAccount, windowSeconds },
    ...ofAddress("login", address, limits.loginFailuresPerAddress, windowSeconds),
  ];
}

export function registrationLimits(limits: Environment["limits"], address: string | null): AttemptLimit[] {
  return ofAddress("register", address, limits.registrationsPerAddress, limits.registrationWindowSeconds);
}

/** Mails to one account, and asked for from one address: beyond a few, they only fill somebody's box. */
export async function forgottenLimits(
  limits: Environment["limits"],
  email: string,
  address: string | null,
): Promise<AttemptLimit[]> {
  const windowSeconds = limits.loginWindowSeconds;
  return [
    { name: `forgotten:account:${await digest(email)}`, max: 5, windowSeconds },
    ...ofAddress("forgotten", address, limits.loginFailuresPerAddress, windowSeconds),
  ];
}

/** None without an address (a runtime that does not name it): everyone would share one count; the account's holds. */
export function ofAddress(
  what: string,
  address: string | null,
  max: number,
  windowSeconds: number,
): AttemptLimit[] {
  return address === null ? [] : [{ name: `${what}:address:${address}`, max, windowSeconds }];
}

/** Takes an attempt from each, or throws `too-many-requests` and takes from none. */
export async function takeAttempts(limiter: AttemptLimiter, limits: AttemptLimit[]): Promise<void> {
  const taken: AttemptLimit[] = [];
  for (const limit of limits) {
    const attempt = await limiter.take(limit);
    if (attempt.allowed) {
      taken.push(limit);
      continue;
    }
    await giveBackAttempts(limiter, taken);
    throw new Problem("too-many-requests", {
      detail: "Too many attempts from here or for this account.",
      retryAfterSeconds: attempt.retryAfterSeconds,
    });
  }
}

export async function giveBackAttempts(limiter: AttemptLimiter, limits: AttemptLimit[]): Promise<void> {
  await Promise.all(limits.map((limit) => limiter.giveBack(limit)));
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes).slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
