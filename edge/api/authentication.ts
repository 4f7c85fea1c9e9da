import { and, eq, gt, inArray, isNull, lt } from "drizzle-orm";
import { getCookie } from "hono/cookie";
import { verifySessionToken } from "../auth/session-token.ts";
import type { Database } from "../db/open-database.ts";
import { logins, users } from "../db/schema/accounts-tables.ts";
import { type Role, roles } from "../protocol/accounts.ts";
import { Problem } from "../protocol/problem.ts";
import type { ApiDependencies } from "./dependencies.ts";
import type { ApiContext } from "./request-context.ts";
import { isFromOwnPages } from "./same-origin.ts";

/** What is known of an account wherever it acts; never its password. */
export type AccountRow = Pick<
  typeof users.$inferSelect,
  "id" | "email" | "name" | "role" | "avatarUrl" | "createdAt" | "version"
>;

/** The rows behind a good token, as they are now: a role taken away is gone with the next request. */
export interface Principal {
  user: AccountRow;
  login: typeof logins.$inferSelect;
}

export const sessionCookie = "rostrum_session";
const seenAgainAfterMs = 60_000;

/**
 * Finds out who calls: `Authorization: Bearer`, else the pages' cookie. A bad bearer token is refused, since its
 * sender means to be someone; a cookie that has ended makes an anonymous visitor.
 */
export async function authenticate(
  deps: Pick<ApiDependencies, "environment" | "db" | "clock" | "waitUntil">,
  c: ApiContext,
): Promise<Principal | null> {
  const bearer = bearerToken(c.req.header("authorization"));
  if (bearer !== null) {
    const principal = await principalOf(deps, bearer);
    if (!principal) throw new Problem("unauthenticated", { detail: "The token is not valid any more." });
    return principal;
  }
  const cookie = getCookie(c, sessionCookie);
  if (!cookie) return null;
  requireOwnPageForWrite(c);
  return principalOf(deps, cookie);
}

/** The principal of a session token, or null: bad, expired, revoked, or its user is gone. */
async function principalOf(
  deps: Pick<ApiDependencies, "environment" | "db" | "clock" | "waitUntil">,
  token: string,
): Promise<Principal | null> {
  const now = deps.clock();
  const claims = await verifySessionToken(deps.environment.jwtSecret, token, now);
  if (!claims) return null;
  const principal = await readPrincipal(deps.db, claims.loginId, claims.userId, now);
  if (principal) noteSeen(deps, [principal.login], now);
  return principal;
}

/** Writes down that these logins are in use, where that was not written down just now. */
export function noteSeen(
  deps: Pick<ApiDependencies, "db" | "waitUntil">,
  used: readonly Pick<Principal["login"], "id" | "lastSeenAt">[],
  now: Date,
): void {
  const ids = used.flatMap(({ id, lastSeenAt }) =>
    now.getTime() - lastSeenAt.getTime() > seenAgainAfterMs ? [id] : [],
  );
  // Nobody waits for this, and its failure changes nothing.
  if (ids.length > 0) deps.waitUntil(markSeen(deps.db, ids, now).catch(() => {}));
}

async function readPrincipal(
  db: Database,
  loginId: string,
  userId: string,
  now: Date,
): Promise<Principal | null> {
  const { id, email, name, role, avatarUrl, createdAt, version } = users;
  const rows = await db
    .select({ user: { id, email, name, role, avatarUrl, createdAt, version }, login: logins })
    .from(logins)
    .innerJoin(users, eq(users.id, logins.userId))
    .where(
      and(
        eq(logins.id, loginId),
        eq(logins.userId, userId),
        isNull(users.deletedAt),
        isNull(logins.revokedAt),
        gt(logins.expiresAt, now),
      ),
    );
  return rows[0] ?? null;
}

async function markSeen(db: Database, loginIds: string[], now: Date): Promise<void> {
  await db
    .update(logins)
    .set({ lastSeenAt: now })
    .where(and(inArray(logins.id, loginIds), lt(logins.lastSeenAt, now)));
}

/** The caller of an operation that only people who are signed in reach. */
export function requireUser(c: ApiContext): Principal {
  if (!c.var.principal) throw new Problem("unauthenticated");
  return c.var.principal;
}

/** Roles are ordered: attendee, speaker, moderator, admin. */
export function holdsRole(held: Role | null | undefined, needed: Role): boolean {
  return held != null && roles.indexOf(held) >= roles.indexOf(needed);
}

function bearerToken(header: string | undefined): string | null {
  if (header === undefined) return null;
  // Another scheme, or none, is as bad a credential as a wrong token.
  return /^Bearer +([^\s]+)$/i.exec(header)?.[1] ?? "";
}

function requireOwnPageForWrite(c: ApiContext): void {
  if (c.req.method === "GET" || c.req.method === "HEAD") return;
  const origin = {
    fetchSite: c.req.header("sec-fetch-site"),
    origin: c.req.header("origin"),
    host: c.req.header("host") ?? new URL(c.req.url).host,
  };
  if (!isFromOwnPages(origin)) {
    throw new Problem("forbidden", {
      detail: "A sign-in by cookie may only write from this site's own pages.",
    });
  }
}
