import { and, eq } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { passwordTokens, users } from "../../db/schema/accounts-tables.ts";
import type { RevokeRequest } from "../../protocol/internal-rooms.ts";
import { forgetPasswordTokens, usePasswordToken } from "../mail/password-tokens.ts";
import { endLogins } from "./logins-queries.ts";

/** Null for someone who was invited and has not chosen one yet. */
export async function readPasswordHash(db: Database, userId: string): Promise<string | null> {
  const [row] = await db.select({ passwordHash: users.passwordHash }).from(users).where(eq(users.id, userId));
  return row?.passwordHash ?? null;
}

export interface PasswordReplacement {
  userId: string;
  /** The stored hash that was just verified. */
  from: string;
  to: string;
  /** The login that stays. */
  keepLogin: string;
  now: Date;
}

/** What the gateways have to be told; null when the password is not `from` any more. */
export async function replacePassword(
  db: Database,
  { userId, from, to, keepLogin, now }: PasswordReplacement,
): Promise<RevokeRequest[] | null> {
  return db.transaction(async (transaction) => {
    const replaced = await transaction
      .update(users)
      .set({ passwordHash: to })
      .where(and(eq(users.id, userId), eq(users.passwordHash, from)))
      .returning({ id: users.id });
    if (replaced.length === 0) return null;
    // A link that somebody had mailed before must not undo this.
    await forgetPasswordTokens(transaction, userId);
    return endLogins(transaction, userId, now, { allBut: keepLogin });
  });
}

/** Uses the token up and sets the password; null when the token is not good, or not any more. */
export async function resetPassword(
  db: Database,
  { tokenHash, passwordHash, now }: { tokenHash: string; passwordHash: string; now: Date },
): Promise<RevokeRequest[] | null> {
  return db.transaction(async (transaction) => {
    const [holder] = await transaction
      .select({ userId: passwordTokens.userId })
      .from(passwordTokens)
      .where(eq(passwordTokens.tokenHash, tokenHash));
    if (holder === undefined || !(await usePasswordToken(transaction, tokenHash, now))) return null;
    return setPassword(transaction, holder.userId, passwordHash, now);
  });
}

/** Whatever the password was before; every login ends. */
export async function setPassword(
  db: Database,
  userId: string,
  passwordHash: string,
  now: Date,
): Promise<RevokeRequest[]> {
  await db.update(users).set({ passwordHash }).where(eq(users.id, userId));
  await forgetPasswordTokens(db, userId);
  return endLogins(db, userId, now, "all");
}
