import { getCookie, setCookie } from "hono/cookie";
import * as v from "valibot";
import { verifyBeatToken } from "../../auth/beat-token.ts";
import { signViewerToken, verifyViewerToken } from "../../auth/viewer-token.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { type AttemptLimiter, createAttemptLimiter } from "../accounts/attempt-limiter.ts";
import { ofAddress, takeAttempts } from "../accounts/sign-in-limits.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { type ApiContext, clientAddress, isHttps } from "../request-context.ts";

/** How a page of another origin, which has no cookie, says who it was before. */
export const ViewerQuery = v.object({ viewer: v.optional(v.pipe(v.string(), v.maxLength(2048))) });

const viewerCookie = "rostrum_viewer";
const keptSeconds = 180 * 86_400;
const windowSeconds = 60;

type ViewerDependencies = Pick<ApiDependencies, "environment" | "clock"> & { newViewers: AttemptLimiter };

/** Counts the ids that are made: for the routes that make them. */
export function newViewersLimiter({ redis, log, clock }: ApiDependencies): AttemptLimiter {
  return createAttemptLimiter(redis, log, clock);
}

/**
 * Who watches without an account: one browser is one viewer. The id comes back by an HttpOnly cookie, or, from
 * pages of another origin, by `?viewer=` with a beat token that was given before; both are signed, so that nobody
 * can be another. Else there is a new id, and the answer sets the cookie. An address gets so many new ones a minute
 * (`too-many-requests`), so that nobody makes themselves a crowd.
 */
export async function anonymousViewerId(
  c: ApiContext,
  { environment, clock, newViewers }: ViewerDependencies,
): Promise<string> {
  const { jwtSecret } = environment;
  const now = clock();
  const presented = c.req.query("viewer");
  if (presented) {
    const claims = await verifyBeatToken(jwtSecret, presented, now);
    if (claims !== null && isAnonymous(claims.viewerId)) return claims.viewerId;
  }
  const kept = getCookie(c, viewerCookie);
  const known = kept ? await verifyViewerToken(jwtSecret, kept, now) : null;
  if (known !== null) return known;

  const { newViewersPerAddress } = environment.limits;
  await takeAttempts(newViewers, ofAddress("viewer", clientAddress(c), newViewersPerAddress, windowSeconds));
  const viewerId = newIdentifier("viewer");
  const expiresAt = new Date(now.getTime() + keptSeconds * 1000);
  setCookie(c, viewerCookie, await signViewerToken(jwtSecret, viewerId, expiresAt), {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: isHttps(c),
    maxAge: keptSeconds,
  });
  return viewerId;
}

/** A beat token of someone who was signed in must not go on for them after they signed out. */
function isAnonymous(viewerId: string): boolean {
  return viewerId.startsWith("vwr_");
}
