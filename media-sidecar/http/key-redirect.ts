/** `/hls/<stream key>/master.m3u8`: the playback address as the brief writes it, for whoever holds the key. */
import { decodeKey } from "../../edge/auth/audience-key.ts";
import { signPlaybackToken } from "../../edge/auth/playback-token.ts";
import { newIdentifier } from "../../edge/protocol/identifier.ts";
import type { MediaStream } from "../../edge/protocol/internal-media.ts";
import { streamKeyPattern } from "../../edge/protocol/streams.ts";
import type { EdgeClient } from "../edge-client/edge-client.ts";

/** How long the address that a key holder is sent to stays good. */
const tokenSeconds = 6 * 3600;

export interface KeyRedirectDependencies {
  edge: EdgeClient;
  find: (playbackId: string) => MediaStream | undefined;
  playbackKey: () => string | null;
}

/**
 * The path to go to, or null when no stream has this key. Whoever may publish a stream may watch it, so unless it is known to be public the path has a token. Throws what EdgeClient throws.
 */
export async function keyRedirect(
  streamKey: string,
  { edge, find, playbackKey }: KeyRedirectDependencies,
): Promise<string | null> {
  if (!streamKeyPattern.test(streamKey)) return null;
  const playback = await edge.resolveKey(streamKey);
  if (playback === null) return null;
  const { playbackId, playbackGeneration: generation } = playback;
  const key = playbackKey();
  if (find(playbackId)?.visibility === "public" || key === null) return `/hls/${playbackId}/master.m3u8`;
  const claims = { playbackId, viewerId: newIdentifier("viewer"), generation };
  const expiresAt = new Date(Date.now() + tokenSeconds * 1000);
  return `/hls/${playbackId}/~${await signPlaybackToken(decodeKey(key), claims, expiresAt)}/master.m3u8`;
}
