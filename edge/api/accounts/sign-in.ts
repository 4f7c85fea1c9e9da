import { setCookie } from "hono/cookie";
import { signSessionToken } from "../../auth/session-token.ts";
import type { Database } from "../../db/open-database.ts";
import type { SignedIn } from "../../protocol/accounts.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { sessionCookie } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { type ApiContext, clientAddress, isHttps } from "../request-context.ts";
import { presentUser } from "./account-views.ts";
import { insertLogin, type UserRow } from "./accounts-queries.ts";

/** Opens a login for a user whose identity is proven; `db` may be a transaction. Sets the pages' cookie too. */
export async function signIn(
  c: ApiContext,
  deps: ApiDependencies,
  db: Database,
  user: UserRow,
  deviceName: string | null,
): Promise<SignedIn> {
  const { jwtSecret, jwtLifetimeSeconds } = deps.environment;
  const now = deps.clock();
  // Whole seconds, as a token's `exp` is: the row and the token end together.
  const expiresAt = new Date((Math.floor(now.getTime() / 1000) + jwtLifetimeSeconds) * 1000);
  const login = await insertLogin(db, {
    id: newIdentifier("login"),
    userId: user.id,
    deviceName,
    userAgent: c.req.header("user-agent")?.slice(0, 400) ?? null,
    ip: clientAddress(c),
    createdAt: now,
    lastSeenAt: now,
    expiresAt,
  });
  const token = await signSessionToken(jwtSecret, { userId: user.id, loginId: login.id }, expiresAt);
  setCookie(c, sessionCookie, token, {
    httpOnly: true,
    // Lax, so that a link from a mail to a watch page arrives signed in.
    sameSite: "Lax",
    path: "/",
    maxAge: Math.min(jwtLifetimeSeconds, 400 * 86_400),
    secure: isHttps(c),
  });
  c.header("cache-control", "no-store");
  return { user: presentUser(user), token, expiresAt: expiresAt.toISOString() };
}
