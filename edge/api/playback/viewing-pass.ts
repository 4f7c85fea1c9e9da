/** What lets somebody fetch a stream's or a recording's media: the token that stands in their addresses. */
import { audienceKey } from "../../auth/audience-key.ts";
import { signPlaybackToken } from "../../auth/playback-token.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { ApiContext } from "../request-context.ts";
import type { StreamRow } from "../streams/stream-representation.ts";

/** Long enough for a session; who stays longer asks again before it ends. */
const passSeconds = 4 * 3600;

/** The end of a pass that is made now: never behind the end of the login it was asked for with. Whole seconds. */
export function passEndsAt(c: ApiContext, { clock }: Pick<ApiDependencies, "clock">): Date {
  const endsAt = Math.floor(clock().getTime() / 1000 + passSeconds) * 1000;
  return new Date(Math.min(endsAt, c.var.principal?.login.expiresAt.getTime() ?? Infinity));
}

/** `playbackId` is the stream's own, or that of one of its recordings: all are revoked together. */
export async function signViewingPass(
  { environment }: Pick<ApiDependencies, "environment">,
  { playbackGeneration }: Pick<StreamRow, "playbackGeneration">,
  { playbackId, viewerId }: { playbackId: string; viewerId: string },
  expiresAt: Date,
): Promise<string> {
  const key = await audienceKey(environment.jwtSecret, "playback");
  return signPlaybackToken(key, { playbackId, viewerId, generation: playbackGeneration }, expiresAt);
}
