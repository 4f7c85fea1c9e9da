import { signToken, verifyToken } from "./signed-token.ts";

/** Lets one viewer watch one stream; stands in the path of a playlist as `~<token>`. */
export interface PlaybackClaims {
  playbackId: string;
  viewerId: string;
  /**
   * The stream's playback generation as the one query read it that also said that this viewer may watch: whoever was
   * let in by an older answer holds an older generation, whatever the clocks say.
   */
  generation: number;
}

/** `key` is `audienceKey(JWT_SECRET, "playback")`. */
export function signPlaybackToken(key: Uint8Array, claims: PlaybackClaims, expiresAt: Date): Promise<string> {
  const { viewerId, playbackId, generation } = claims;
  return signToken(key, "playback", { sub: viewerId, pb: playbackId, gen: generation }, expiresAt);
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
  if (typeof payload.gen !== "number") return null;
  return {
    playbackId,
    viewerId: payload.sub,
    generation: payload.gen,
    expiresAt: new Date(payload.exp * 1000),
  };
}
