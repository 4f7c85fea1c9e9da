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
  rewindSeconds: 120,
  playbackGeneration: 3,
};
const closed: MediaStream = { ...open, visibility: "private" };
const sign = (playbackId: string, expiresAt = later, by = key, generation = 3) =>
  signPlaybackToken(by, { playbackId, viewerId: "vwr_a", generation }, expiresAt);
const judge = async (...asked: Parameters<typeof decidePlayback>) => (await decidePlayback(...asked)).verdict;

it("shows a public stream to anyone, also with a token that has expired", async () => {
  expect(await judge(open, "", null, now)).toBe("allowed");
  expect(await judge(open, await sign("pb_a", now), encoded, later)).toBe("allowed");
});

it("shows a private stream to a good token only, and to nobody else that it exists", async () => {
  expect(await judge(closed, await sign("pb_a"), encoded, now)).toBe("allowed");
  expect(await judge(closed, "", encoded, now)).toBe("absent");
  expect(await judge(undefined, await sign("pb_a"), encoded, now)).toBe("absent");
});

it.each([
  ["expired", () => sign("pb_a", new Date("2026-01-01T11:00:00Z"))],
  ["of another stream", () => sign("pb_b")],
  ["of another audience's key", async () => sign("pb_a", later, await audienceKey(secret, "session"))],
  ["unsigned", async () => `${btoa('{"alg":"none"}')}.${btoa('{"aud":"playback","pb":"pb_a"}')}.`],
  ["revoked", () => sign("pb_a", later, key, 2)],
  ["no token at all", async () => "x"],
])("refuses a token that is %s", async (_, token) => {
  expect(await judge(closed, await token(), encoded, now)).toBe("unauthenticated");
});

it("cannot judge a token before the edge was heard, and then says so", async () => {
  expect(await judge(closed, await sign("pb_a"), null, now)).toBe("unavailable");
});

it("names the viewer of a good token, and of no other, whoever may watch", async () => {
  const viewerOf = async (stream: MediaStream, token: string) =>
    (await decidePlayback(stream, token, encoded, now)).viewerId;
  expect(await viewerOf(closed, await sign("pb_a"))).toBe("vwr_a");
  expect(await viewerOf(open, await sign("pb_a"))).toBe("vwr_a");
  expect(await viewerOf(open, await sign("pb_b"))).toBeNull();
  expect(await viewerOf(open, "")).toBeNull();
});
