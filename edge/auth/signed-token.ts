import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Audience } from "./audience-key.ts";

const issuer = "rostrum";

const imported = new WeakMap<Uint8Array, CryptoKey>();

/** Bytes as the signature's key: imported once, since that takes as long as the signature itself. */
async function hmacKey(bytes: Uint8Array): Promise<CryptoKey> {
  const known = imported.get(bytes);
  if (known) return known;
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", Uint8Array.from(bytes), hmac, false, ["sign", "verify"]);
  imported.set(bytes, key);
  return key;
}

/** Signs claims for one audience (RFC 7519, HS256). */
export async function signToken(
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
    .sign(await hmacKey(key));
}

/** The claims, or null for every token that is not wholly good: one reason, so that nothing can be probed. */
export async function verifyToken(
  key: Uint8Array,
  audience: Audience,
  token: string,
  now: Date,
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, await hmacKey(key), {
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
