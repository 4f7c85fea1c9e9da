import type { logins } from "../../db/schema/accounts-tables.ts";
import type { LoginSession, User } from "../../protocol/accounts.ts";
import type { AccountRow } from "../authentication.ts";

export function presentUser(row: Omit<AccountRow, "version">): User {
  const { id, email, name, role, avatarUrl, createdAt } = row;
  return { id, email, name, role, avatarUrl, createdAt: createdAt.toISOString() };
}

export function presentLogin(row: typeof logins.$inferSelect, currentLoginId: string): LoginSession {
  return {
    id: row.id,
    deviceName: row.deviceName,
    userAgent: row.userAgent,
    ip: row.ip,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    current: row.id === currentLoginId,
  };
}
