import { expect, test } from "vitest";
import { audienceKey, decodeKey, encodeKey } from "./audience-key.ts";
import { signBeatToken, verifyBeatToken } from "./beat-token.ts";
import { carriesInternalKey } from "./internal-key.ts";
import { signPlaybackToken, verifyPlaybackToken } from "./playback-token.ts";
import { signSessionToken, verifySessionToken } from "./session-token.ts";
import { signViewerToken, verifyViewerToken } from "./viewer-token.ts";

const secret = "a secret for tests only, long enough";
const now = new Date("2026-05-01T12:00:00Z");
const later = new Date("2026-05-01T13:00:00Z");

test("a session token says who and by which login, until it expires", async () => {
  const claims = { userId: "usr_a", loginId: "lgn_a" };
  const token = await signSessionToken(secret, claims, later);
  expect(await verifySessionToken(secret, token, now)).toEqual({ ...claims, expiresAt: later });
  expect(await verifySessionToken(secret, token, later)).toBeNull();
  expect(await verifySessionToken(`${secret}!`, token, now)).toBeNull();
});

test("a playback token is good for its own playback id, and its key travels as text", async () => {
  const key = await audienceKey(secret, "playback");
  const token = await signPlaybackToken(key, { playbackId: "pb_a", viewerId: "vwr_a", generation: 3 }, later);
  const carried = decodeKey(encodeKey(key));
  expect(await verifyPlaybackToken(carried, token, "pb_a", now)).toEqual({
    playbackId: "pb_a",
    viewerId: "vwr_a",
    generation: 3,
    expiresAt: later,
  });
  expect(await verifyPlaybackToken(carried, token, "pb_b", now)).toBeNull();
});

test("a beat token says who watches what, by which generation, until it expires", async () => {
  const claims = { streamId: "str_a", viewerId: "vwr_a", generation: 3 };
  const token = await signBeatToken(secret, claims, later);
  expect(await verifyBeatToken(secret, token, now)).toEqual({ ...claims, expiresAt: later });
  expect(await verifyBeatToken(secret, token, later)).toBeNull();
  expect(await verifyBeatToken(`${secret}!`, token, now)).toBeNull();
});

test("no audience takes another's token", async () => {
  const playbackKey = await audienceKey(secret, "playback");
  const tokens = {
    session: await signSessionToken(secret, { userId: "usr_a", loginId: "lgn_a" }, later),
    playback: await signPlaybackToken(
      playbackKey,
      { playbackId: "pb_a", viewerId: "usr_a", generation: 0 },
      later,
    ),
    viewer: await signViewerToken(secret, "vwr_a", later),
    beat: await signBeatToken(secret, { streamId: "str_a", viewerId: "vwr_a", generation: 0 }, later),
  };
  const takes: Record<string, (token: string) => Promise<unknown>> = {
    session: (token) => verifySessionToken(secret, token, now),
    playback: (token) => verifyPlaybackToken(playbackKey, token, "pb_a", now),
    viewer: (token) => verifyViewerToken(secret, token, now),
    beat: (token) => verifyBeatToken(secret, token, now),
  };
  for (const [audience, verify] of Object.entries(takes)) {
    for (const [kind, token] of Object.entries(tokens)) {
      expect((await verify(token)) !== null, `${kind} token at ${audience}`).toBe(kind === audience);
    }
  }
});

test("the internal key is taken whole, as a bearer, and never empty", async () => {
  expect(await carriesInternalKey("Bearer key", "key")).toBe(true);
  for (const header of ["Bearer keys", "Bearer ke", "bearer key", "key", "Bearer ", "", null, undefined]) {
    expect(await carriesInternalKey(header, "key"), String(header)).toBe(false);
  }
  expect(await carriesInternalKey("Bearer ", "")).toBe(false);
});
