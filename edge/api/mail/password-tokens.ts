import { and, eq, gt, isNull, lt, or } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { passwordTokens } from "../../db/schema/accounts-tables.ts";
import { randomBase64Url } from "../../protocol/identifier.ts";

export type PasswordTokenKind = "reset" | "invitation";

const lifetimeMinutes: Record<PasswordTokenKind, number> = { reset: 30, invitation: 7 * 24 * 60 };

/** In words, for the mail. */
export const lifetimeWords: Record<PasswordTokenKind, string> = { reset: "30 minutes", invitation: "7 days" };

export interface PasswordToken {
  token: string;
  tokenHash: string;
}

/** 192 random bits, of which only the hash is kept. */
export async function newPasswordToken(): Promise<PasswordToken> {
  const token = randomBase64Url(24);
  return { token, tokenHash: await hashPasswordToken(token) };
}

export async function hashPasswordToken(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function insertPasswordTokens(
  db: Database,
  tokens: readonly { tokenHash: string; userId: string; kind: PasswordTokenKind }[],
  now: Date,
): Promise<void> {
  if (tokens.length === 0) return;
  await db.insert(passwordTokens).values(
    tokens.map((token) => ({
      ...token,
      createdAt: now,
      expiresAt: new Date(now.getTime() + lifetimeMinutes[token.kind] * 60_000),
    })),
  );
}

/** Whose password the token may set, or null: unknown, used or too old. */
export async function findTokenHolder(db: Database, tokenHash: string, now: Date): Promise<string | null> {
  const [row] = await db
    .select({ userId: passwordTokens.userId })
    .from(passwordTokens)
    .where(stillGood(tokenHash, now));
  return row?.userId ?? null;
}

/** Uses the token up, and with it every other of the same person. Of two callers at once one gets it. */
export async function usePasswordToken(db: Database, tokenHash: string, now: Date): Promise<boolean> {
  const used = await db
    .delete(passwordTokens)
    .where(stillGood(tokenHash, now))
    .returning({ userId: passwordTokens.userId });
  if (used[0] === undefined) return false;
  await forgetPasswordTokens(db, used[0].userId);
  return true;
}

export async function forgetPasswordTokens(db: Database, userId: string): Promise<void> {
  await db.delete(passwordTokens).where(eq(passwordTokens.userId, userId));
}

export async function forgetOldPasswordTokens(db: Database, now: Date): Promise<void> {
  await db
    .delete(passwordTokens)
    .where(or(lt(passwordTokens.expiresAt, now), lt(passwordTokens.usedAt, now)));
}

function stillGood(tokenHash: string, now: Date) {
  return and(
    eq(passwordTokens.tokenHash, tokenHash),
    gt(passwordTokens.expiresAt, now),
    isNull(passwordTokens.usedAt),
  );
}
