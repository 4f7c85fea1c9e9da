import { and, desc, eq, gt, isNull, lt, ne, or, type SQL } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { logins } from "../../db/schema/accounts-tables.ts";
import { type Revocation, recordRevocations } from "../realtime/revocations.ts";
import type { LoginRow } from "./accounts-queries.ts";

export interface LoginPage {
  userId: string;
  now: Date;
  after?: { at: Date; id: string };
  limit: number;
}

/** The logins that are good now, newest first. */
export async function listLogins(
  db: Database,
  { userId, now, after, limit }: LoginPage,
): Promise<LoginRow[]> {
  return db
    .select()
    .from(logins)
    .where(
      and(
        areGoodOf(userId, now),
        after &&
          or(lt(logins.createdAt, after.at), and(eq(logins.createdAt, after.at), lt(logins.id, after.id))),
      ),
    )
    .orderBy(desc(logins.createdAt), desc(logins.id))
    .limit(limit);
}

/**
 * Ends logins of a user: all, one, or all but one. Answers what the gateways have to be told when the transaction has
 * ended; nothing where nothing was good any more.
 */
export async function endLogins(
  db: Database,
  userId: string,
  now: Date,
  which: { only: string } | { allBut: string } | "all",
) {
  const chosen: SQL | undefined =
    which === "all" ? undefined : "only" in which ? eq(logins.id, which.only) : ne(logins.id, which.allBut);
  const ended = await db
    .update(logins)
    .set({ revokedAt: now })
    .where(and(areGoodOf(userId, now), chosen))
    .returning({ loginId: logins.id });
  return recordRevocations(
    db,
    ended.map(({ loginId }): Revocation => ({ userId, loginId, code: 4401 })),
  );
}

function areGoodOf(userId: string, now: Date) {
  return and(eq(logins.userId, userId), isNull(logins.revokedAt), gt(logins.expiresAt, now));
}
