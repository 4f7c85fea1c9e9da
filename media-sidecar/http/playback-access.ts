import { decodeKey } from "../../edge/auth/audience-key.ts";
import { verifyPlaybackToken } from "../../edge/auth/playback-token.ts";
import type { MediaStream } from "../../edge/protocol/internal-media.ts";

/** allowed 204, unauthenticated 401, absent 403 (nginx makes a 404 of it), unavailable 503. */
export type PlaybackVerdict = "allowed" | "unauthenticated" | "absent" | "unavailable";

/**
 * May this playlist be fetched? Of a public stream by anyone, whatever token stands in the path: a page that is open for
 * longer than its token lives must not go dark. Of a private one with a good token, and it does not exist without.
 * `playbackKey` is null until the edge was heard for the first time.
 */
export async function decidePlayback(
  stream: MediaStream | undefined,
  token: string,
  playbackKey: string | null,
  now = new Date(),
): Promise<PlaybackVerdict> {
  if (!stream) return "absent";
  if (stream.visibility === "public") return "allowed";
  if (token === "") return "absent";
  if (playbackKey === null) return "unavailable";
  const claims = await verifyPlaybackToken(decodeKey(playbackKey), token, stream.playbackId, now);
  return claims === null ? "unauthenticated" : "allowed";
}
