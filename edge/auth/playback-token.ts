import { signToken, verifyToken } from "./signed-token.ts";

/** Lets one viewer watch one stream; stands in the path of a playlist as `~<token>`. */
export interface PlaybackClaims {
  playbackId: string;
  viewerId: string;
}

/** `key` is `audienceKey(JWT_SECRET, "playback")`. */
export function signPlaybackToken(key: Uint8Array, claims: PlaybackClaims, expiresAt: Date): Promise<string> {
  return signToken(key, "playback", { sub: claims.viewerId, pb: claims.playbackId }, expiresAt);
}

/** Null unless the token is good, of now, and for exactly this playback id. Needs the key alone, not JWT_SECRET. */
export async function verifyPlaybackToken(
  key: Uint8Array,
  token: string,
  playbackId: string,
  now: Date = new Date(),
): Promise<(PlaybackClaims & { expiresAt: Date }) | null> {
  const payload = await verifyToken(key, "playback", token, now);
  if (!payload?.sub || !payload.exp || payload.pb !== playbackId) return null;
  return { playbackId, viewerId: payload.sub, expiresAt: new Date(payload.exp * 1000) };
}
