import { audienceKey } from "./audience-key.ts";
import { signToken, verifyToken } from "./signed-token.ts";

/** Lets a player say every few seconds that this viewer still watches this stream. */
export interface BeatClaims {
  streamId: string;
  viewerId: string;
  /** The stream's playback generation: a beat by an earlier one counts for nothing, as its playlist token opens nothing. */
  generation: number;
}

export async function signBeatToken(jwtSecret: string, claims: BeatClaims, expiresAt: Date): Promise<string> {
  const { streamId, viewerId, generation } = claims;
  const key = await audienceKey(jwtSecret, "beat");
  return signToken(key, "beat", { sub: viewerId, str: streamId, gen: generation }, expiresAt);
}

/** The claims and the token's end, or null. */
export async function verifyBeatToken(
  jwtSecret: string,
  token: string,
  now: Date = new Date(),
): Promise<(BeatClaims & { expiresAt: Date }) | null> {
  const payload = await verifyToken(await audienceKey(jwtSecret, "beat"), "beat", token, now);
  if (!payload?.sub || payload.exp === undefined) return null;
  const { str: streamId, gen: generation } = payload;
  if (typeof streamId !== "string" || typeof generation !== "number") return null;
  return { streamId, viewerId: payload.sub, generation, expiresAt: new Date(payload.exp * 1000) };
}
