import { expect, it } from "vitest";
import { audienceKey, encodeKey } from "../../edge/auth/audience-key.ts";
import { signPlaybackToken } from "../../edge/auth/playback-token.ts";
import type { MediaStream } from "../../edge/protocol/internal-media.ts";
import { decidePlayback } from "./playback-access.ts";

const secret = "a secret of at least thirty-two characters";
const key = await audienceKey(secret, "playback");
const encoded = encodeKey(key);
const now = new Date("2026-01-01T12:00:00Z");
const later = new Date("2026-01-01T12:10:00Z");
const open: MediaStream = {
  streamId: "str_a",
  playbackId: "pb_a",
  status: "live",
  visibility: "public",
  latencyMode: "standard",
  record: false,
  reconnectWindowSeconds: 60,
};
const closed: MediaStream = { ...open, visibility: "private" };
const sign = (playbackId: string, expiresAt = later, by = key) =>
  signPlaybackToken(by, { playbackId, viewerId: "vwr_a" }, expiresAt);

it("shows a public stream to anyone, also with a token that has expired", async () => {
  expect(await decidePlayback(open, "", null, now)).toBe("allowed");
  expect(await decidePlayback(open, await sign("pb_a", now), encoded, later)).toBe("allowed");
});

it("shows a private stream to a good token only, and to nobody else that it exists", async () => {
  expect(await decidePlayback(closed, await sign("pb_a"), encoded, now)).toBe("allowed");
  expect(await decidePlayback(closed, "", encoded, now)).toBe("absent");
  expect(await decidePlayback(undefined, await sign("pb_a"), encoded, now)).toBe("absent");
});

it.each([
  ["expired", () => sign("pb_a", new Date("2026-01-01T11:00:00Z"))],
  ["of another stream", () => sign("pb_b")],
  ["of another audience's key", async () => sign("pb_a", later, await audienceKey(secret, "session"))],
  ["unsigned", async () => `${btoa('{"alg":"none"}')}.${btoa('{"aud":"playback","pb":"pb_a"}')}.`],
  ["no token at all", async () => "x"],
])("refuses a token that is %s", async (_, token) => {
  expect(await decidePlayback(closed, await token(), encoded, now)).toBe("unauthenticated");
});

it("cannot judge a token before the edge was heard, and then says so", async () => {
  expect(await decidePlayback(closed, await sign("pb_a"), null, now)).toBe("unavailable");
});
