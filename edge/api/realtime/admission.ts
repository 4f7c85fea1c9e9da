/** Who is behind a socket, from what its URL carries. */
import { and, eq, gt, isNull } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { logins, users } from "../../db/schema/accounts-tables.ts";
import type { Viewer } from "../../protocol/internal-rooms.ts";
import { type Principal, principalOf } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { looksLikeTicket, redeemTicket } from "./ticket-store.ts";

const anonymousHours = 24;

export function viewerOf({ user, login }: Principal): Viewer {
  return {
    viewerId: user.id,
    userId: user.id,
    name: user.name,
    role: user.role,
    loginId: login.id,
    readOnly: false,
    expiresAt: login.expiresAt.toISOString(),
  };
}

export function anonymousViewer(viewerId: string, now: Date): Viewer {
  return {
    viewerId,
    userId: null,
    name: null,
    role: null,
    loginId: null,
    readOnly: true,
    expiresAt: new Date(now.getTime() + anonymousHours * 3_600_000).toISOString(),
  };
}

/** Null for a token or ticket that is not good now. A ticket is used up by this, whatever comes of it. */
export async function admit(
  deps: Pick<ApiDependencies, "environment" | "db" | "clock" | "waitUntil">,
  token: string,
): Promise<Viewer | null> {
  if (!looksLikeTicket(token)) {
    const principal = await principalOf(deps, token);
    return principal === null ? null : viewerOf(principal);
  }
  const now = deps.clock();
  const viewer = await redeemTicket(deps.db, token, now);
  // A login that ended after the ticket was given ends the ticket too.
  if (viewer?.loginId) return readViewer(deps.db, viewer.loginId, now);
  return viewer;
}

async function readViewer(db: Database, loginId: string, now: Date): Promise<Viewer | null> {
  const [row] = await db
    .select({ id: users.id, name: users.name, role: users.role, expiresAt: logins.expiresAt })
    .from(logins)
    .innerJoin(users, eq(users.id, logins.userId))
    .where(and(eq(logins.id, loginId), isNull(logins.revokedAt), gt(logins.expiresAt, now)));
  if (row === undefined) return null;
  return {
    viewerId: row.id,
    userId: row.id,
    name: row.name,
    role: row.role,
    loginId,
    readOnly: false,
    expiresAt: row.expiresAt.toISOString(),
  };
}
