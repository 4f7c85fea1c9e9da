/** Who is behind a socket, from what its URL carries. */
import { and, eq, gt, inArray, isNull } from "drizzle-orm";
import { verifySessionToken } from "../../auth/session-token.ts";
import { logins, users } from "../../db/schema/accounts-tables.ts";
import type { Viewer } from "../../protocol/internal-rooms.ts";
import { noteSeen, type Principal } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { looksLikeTicket, redeemTickets } from "./ticket-store.ts";

const anonymousHours = 24;

export function viewerOf({
  user,
  login,
}: {
  user: Pick<Principal["user"], "id" | "name" | "role">;
  login: Principal["login"];
}): Viewer {
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

type Dependencies = Pick<ApiDependencies, "environment" | "db" | "clock" | "waitUntil">;

/**
 * In the order of `tokens`; null for a token or ticket that is not good now. A ticket is used up by this, whatever
 * comes of it, and is good for the first of those who show it.
 */
export async function admit(deps: Dependencies, tokens: readonly string[]): Promise<(Viewer | null)[]> {
  const now = deps.clock();
  const [tickets, claims] = await Promise.all([
    redeemTickets(deps.db, tokens.filter(looksLikeTicket), now),
    Promise.all(tokens.map((token) => readClaims(deps, token, now))),
  ]);
  const shown = tokens.map((token, index): Shown | null => {
    const claim = claims[index];
    if (claim) return { loginId: claim.loginId, userId: claim.userId };
    const viewer = tickets.get(token);
    tickets.delete(token);
    if (viewer === undefined) return null;
    // A login that ended after the ticket was given ends the ticket too.
    return viewer.loginId === null ? { viewer } : { loginId: viewer.loginId, userId: viewer.userId };
  });
  const loginIds = shown.flatMap((one) => (one !== null && "loginId" in one ? [one.loginId] : []));
  const known = await readViewers(deps, [...new Set(loginIds)], now);
  return shown.map((one) => {
    if (one === null || "viewer" in one) return one?.viewer ?? null;
    const viewer = known.get(one.loginId);
    return viewer?.userId === one.userId ? viewer : null;
  });
}

/** What a token says: an anonymous viewer, or a login that must still be good. */
type Shown = { viewer: Viewer } | { loginId: string; userId: string | null };

function readClaims({ environment }: Dependencies, token: string, now: Date) {
  return looksLikeTicket(token) ? null : verifySessionToken(environment.jwtSecret, token, now);
}

/** By login, of those that are good now. */
async function readViewers(
  deps: Dependencies,
  loginIds: readonly string[],
  now: Date,
): Promise<Map<string, Viewer>> {
  if (loginIds.length === 0) return new Map();
  const { id, name, role } = users;
  const rows = await deps.db
    .select({ user: { id, name, role }, login: logins })
    .from(logins)
    .innerJoin(users, eq(users.id, logins.userId))
    .where(
      and(
        inArray(logins.id, [...loginIds]),
        isNull(users.deletedAt),
        isNull(logins.revokedAt),
        gt(logins.expiresAt, now),
      ),
    );
  noteSeen(
    deps,
    rows.map(({ login }) => login),
    now,
  );
  return new Map(rows.map((row) => [row.login.id, viewerOf(row)]));
}
