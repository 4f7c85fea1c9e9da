import { decodeKey } from "../../edge/auth/audience-key.ts";
import { verifyPlaybackToken } from "../../edge/auth/playback-token.ts";
import type { MediaStream } from "../../edge/protocol/internal-media.ts";

/** allowed 204, unauthenticated 401, absent 403 (nginx makes a 404 of it), unavailable 503. */
export type PlaybackVerdict = "allowed" | "unauthenticated" | "absent" | "unavailable";

export interface PlaybackJudgement {
  verdict: PlaybackVerdict;
  /** Whom a good token names; null where there is none. */
  viewerId: string | null;
}

/**
 * May this playlist be fetched? Of a public stream by anyone, whatever token stands in the path: a page that is open for
 * longer than its token lives must not go dark. Of a private one with a good token that was not revoked, and it does
 * not exist without.
 * `playbackKey` is null until the edge was heard for the first time.
 */
export async function decidePlayback(
  stream: Pick<MediaStream, "playbackId" | "visibility" | "playbackGeneration"> | undefined,
  token: string,
  playbackKey: string | null,
  now = new Date(),
): Promise<PlaybackJudgement> {
  if (!stream) return nobody("absent");
  const isPublic = stream.visibility === "public";
  if (token === "") return nobody(isPublic ? "allowed" : "absent");
  if (playbackKey === null) return nobody(isPublic ? "allowed" : "unavailable");
  const claims = await verifyPlaybackToken(decodeKey(playbackKey), token, stream.playbackId, now);
  const isGood = claims !== null && claims.generation >= stream.playbackGeneration;
  if (isGood) return { verdict: "allowed", viewerId: claims.viewerId };
  return nobody(isPublic ? "allowed" : "unauthenticated");
}

function nobody(verdict: PlaybackVerdict): PlaybackJudgement {
  return { verdict, viewerId: null };
}
