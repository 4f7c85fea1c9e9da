import { audienceKey } from "./audience-key.ts";
import { signToken, verifyToken } from "./signed-token.ts";

/** Lets a player say every few seconds that this viewer still watches this stream. */
export interface BeatClaims {
  streamId: string;
  viewerId: string;
}

export async function signBeatToken(jwtSecret: string, claims: BeatClaims, expiresAt: Date): Promise<string> {
  const key = await audienceKey(jwtSecret, "beat");
  return signToken(key, "beat", { sub: claims.viewerId, str: claims.streamId }, expiresAt);
}

export async function verifyBeatToken(
  jwtSecret: string,
  token: string,
  now: Date = new Date(),
): Promise<BeatClaims | null> {
  const payload = await verifyToken(await audienceKey(jwtSecret, "beat"), "beat", token, now);
  if (!payload?.sub || typeof payload.str !== "string") return null;
  return { streamId: payload.str, viewerId: payload.sub };
}
