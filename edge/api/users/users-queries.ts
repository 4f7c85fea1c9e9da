import { and, desc, eq, ilike, isNull, lt, or } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import type { Role } from "../../protocol/accounts.ts";

const { id, email, name, role, avatarUrl, createdAt, version } = users;
/** Everything but the password's hash. */
const columns = { id, email, name, role, avatarUrl, createdAt, version };
export type AccountRow = {
  [Column in keyof typeof columns]: (typeof users.$inferSelect)[Column];
};

export interface UserFilter {
  /** A part of the name or the email. */
  q?: string;
  role?: Role;
  /** The last one of the page before. */
  after?: { at: Date; id: string };
  limit: number;
}

/** Newest first; deleted accounts are gone. */
export async function listUserRows(db: Database, filter: UserFilter): Promise<AccountRow[]> {
  const { q, after, limit } = filter;
  const part = q ? `%${q.replace(/[\\%_]/g, "\\$&")}%` : null;
  return db
    .select(columns)
    .from(users)
    .where(
      and(
        isNull(users.deletedAt),
        filter.role && eq(users.role, filter.role),
        part === null ? undefined : or(ilike(users.name, part), ilike(users.email, part)),
        after &&
          or(lt(users.createdAt, after.at), and(eq(users.createdAt, after.at), lt(users.id, after.id))),
      ),
    )
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(limit);
}

/** Null when absent or deleted. */
export async function findUser(db: Database, userId: string): Promise<AccountRow | null> {
  const [row] = await db
    .select(columns)
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.deletedAt)));
  return row ?? null;
}

/** As `findUser`; nobody else can change the row until the transaction ends. */
export async function lockUser(db: Database, userId: string): Promise<AccountRow | null> {
  const [row] = await db
    .select(columns)
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.deletedAt)))
    .for("update");
  return row ?? null;
}

export async function writeUser(
  db: Database,
  userId: string,
  change: Partial<typeof users.$inferInsert>,
): Promise<AccountRow> {
  const [row] = await db.update(users).set(change).where(eq(users.id, userId)).returning(columns);
  return row!;
}
