import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Audience } from "./audience-key.ts";

const issuer = "rostrum";

/** Signs claims for one audience (RFC 7519, HS256). */
export function signToken(
  key: Uint8Array,
  audience: Audience,
  claims: JWTPayload,
  expiresAt: Date,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
    .sign(key);
}

/** The claims, or null for every token that is not wholly good: one reason, so that nothing can be probed. */
export async function verifyToken(
  key: Uint8Array,
  audience: Audience,
  token: string,
  now: Date,
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ["HS256"],
      issuer,
      audience,
      requiredClaims: ["exp", "sub"],
      currentDate: now,
    });
    return payload;
  } catch {
    return null;
  }
}
