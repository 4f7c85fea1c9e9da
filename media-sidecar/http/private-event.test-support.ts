import { call, signIn } from "../../edge/api/streams/test-client.ts";
import { makeEvent, makeSession, makeUser, seat } from "../../edge/api/streams/test-scene.ts";
import { audienceKey } from "../../edge/auth/audience-key.ts";
import { signPlaybackToken } from "../../edge/auth/playback-token.ts";
import { fetchMedia } from "../../testing/support/hls.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import type { TestMediaMachine } from "../test-media-machine.ts";

/** A private event on a machine, its live stream, and one viewer who has a seat. */
export async function privateEvent(on: TestMediaMachine) {
  const { deps } = on.api;
  const eventId = await makeEvent(deps.db, { visibility: "private" });
  const stream = await on.makeStream({ sessionId: await makeSession(deps.db, eventId) });
  const seated = async () => {
    const userId = await makeUser(deps.db);
    await seat(deps.db, eventId, userId);
    return { userId, token: (await signIn(on.api, userId)).token };
  };
  const viewer = await seated();
  const file = await testMedia({ ...small, width: 320, height: 180 });
  await on.goLive(stream, () => on.publish(file, stream.streamKey));
  const mediaUrl = (token: string) =>
    `http://127.0.0.1:${on.settings.httpPort}/hls/${stream.playbackId}/~${token}/v0.m3u8`;
  return {
    eventId,
    stream,
    viewer,
    seated,
    /** The token that the API answers this viewer. */
    async tokenOf({ token }: { token: string }, of = stream): Promise<string> {
      const { body } = await call(on.api, "GET", `/api/streams/${of.id}/playback`, 200, { token });
      return /~([^/]+)\//.exec(body.url)![1]!;
    },
    async sign(claims: { playbackId?: string; generation?: number }, expiresAt: Date): Promise<string> {
      const key = await audienceKey(deps.environment.jwtSecret, "playback");
      const all = { playbackId: stream.playbackId, viewerId: viewer.userId, generation: 0, ...claims };
      return signPlaybackToken(key, all, expiresAt);
    },
    watch: (token: string, playlist = "master.m3u8") =>
      on.watch(`${stream.playbackId}/${token === "" ? "" : `~${token}/`}${playlist}`),
    mediaUrl,
    media: (token: string) => fetchMedia(mediaUrl(token)),
    asAdmin: async () => (await signIn(on.api, await makeUser(deps.db, "admin"))).token,
  };
}
