import { audienceKey } from "./audience-key.ts";
import { signToken, verifyToken } from "./signed-token.ts";

/** What a session token says: who, and by which login. The role is not in it; it is read where it can change. */
export interface SessionClaims {
  userId: string;
  loginId: string;
}

export async function signSessionToken(
  jwtSecret: string,
  claims: SessionClaims,
  expiresAt: Date,
): Promise<string> {
  const key = await audienceKey(jwtSecret, "session");
  return signToken(key, "session", { sub: claims.userId, lgn: claims.loginId }, expiresAt);
}

/** Null when the token is malformed, expired, or not signed here for this audience. */
export async function verifySessionToken(
  jwtSecret: string,
  token: string,
  now: Date = new Date(),
): Promise<(SessionClaims & { expiresAt: Date }) | null> {
  const payload = await verifyToken(await audienceKey(jwtSecret, "session"), "session", token, now);
  if (!payload?.sub || !payload.exp || typeof payload.lgn !== "string") return null;
  return { userId: payload.sub, loginId: payload.lgn, expiresAt: new Date(payload.exp * 1000) };
}
