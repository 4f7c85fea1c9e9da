import { and, eq } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { logins, users } from "../../db/schema/accounts-tables.ts";

export type UserRow = typeof users.$inferSelect;
export type LoginRow = typeof logins.$inferSelect;

export async function findUserByEmail(db: Database, email: string): Promise<UserRow | null> {
  const rows = await db.select().from(users).where(eq(users.email, email));
  return rows[0] ?? null;
}

/** Rejects by the constraint `users_email_taken` when someone has the email. */
export async function insertUser(db: Database, user: typeof users.$inferInsert): Promise<UserRow> {
  const rows = await db.insert(users).values(user).returning();
  return rows[0]!;
}

export async function insertLogin(db: Database, login: typeof logins.$inferInsert): Promise<LoginRow> {
  const rows = await db.insert(logins).values(login).returning();
  return rows[0]!;
}

/** Whether the password is still the one that was read; it stays so until the transaction ends. */
export async function holdPassword(db: Database, { id, passwordHash }: UserRow): Promise<boolean> {
  if (passwordHash === null) return false;
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, id), eq(users.passwordHash, passwordHash)))
    .for("share");
  return rows.length > 0;
}
