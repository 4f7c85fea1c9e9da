import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { signBeatToken } from "../../auth/beat-token.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { playMinutes, plays, rollUpMarks } from "../../db/schema/watching-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { PlaybackBeat } from "../../protocol/streams.ts";
import { trustedHeaders } from "../request-context.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { ban, makeEvent, makeSession, makeStream, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { mostOpenPlays } from "./open-plays.ts";
import { aBeat } from "./test-beats.ts";

// Five seconds into a minute.
const start = Math.floor(Date.now() / 60_000) * 60_000 + 5000;
let now = new Date(start);
let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi({ BEATS_PER_ADDRESS: "40", NEW_VIEWERS_PER_ADDRESS: "3" }, () => now);
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

async function scene(visibility: "public" | "private" = "public") {
  const { db } = api.deps;
  // So that the next write need not wait for its turn.
  now = new Date(now.getTime() + 1000);
  const eventId = await makeEvent(db, { visibility });
  const sessionId = await makeSession(db, eventId);
  const stream = await makeStream(db, { sessionId, status: "live" });
  return { eventId, sessionId, streamId: stream.id, path: `/api/streams/${stream.id}/playback` };
}

async function watch(path: string, token?: string): Promise<{ token: string; viewerId: string }> {
  const { body } = await call(api, "GET", path, 200, token === undefined ? {} : { token });
  return { token: body.beatToken, viewerId: body.viewerId };
}

const chrome =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36";
const tell = (status: number, body: object, headers: Record<string, string> = {}) =>
  call(api, "POST", "/api/playback/beat", status, { body, headers: { "user-agent": chrome, ...headers } });

/** What is kept of a viewer's plays of a stream, once all that was told is written. */
async function kept(streamId: string, viewerId: string) {
  await vi.waitFor(() => expect(api.deps.beats.book.waiting).toBe(0), 10_000);
  await api.settled();
  const of = (table: typeof plays | typeof playMinutes) =>
    and(eq(table.streamId, streamId), eq(table.viewerId, viewerId));
  const { db } = api.deps;
  return {
    plays: await db.select().from(plays).where(of(plays)).orderBy(plays.playId),
    minutes: await db.select().from(playMinutes).where(of(playMinutes)).orderBy(playMinutes.minute),
  };
}
const nothing = { plays: [], minutes: [] };

test("what a player tells is kept a minute, with the device and nothing else of who it is", async () => {
  const { sessionId, streamId, path } = await scene();
  const { token, viewerId } = await watch(path);
  now = new Date(start);
  await tell(204, aBeat({ token }));
  now = new Date(start + 15_000);
  const more = { renditions: { "720p": 10, source: 4 }, stalls: 1, stallSeconds: 1, latencySeconds: 3.5 };
  await tell(204, aBeat({ token, beat: 2, playedSeconds: 14, joinMs: 640, ...more }));
  const found = await kept(streamId, viewerId);
  expect(found.plays).toEqual([
    {
      ...{ streamId, viewerId, sessionId, playId: "play_aaaaaaaa" },
      ...{ device: "phone", browser: "Chrome", firstAt: new Date(start), joinMs: 640 },
    },
  ]);
  expect(found.minutes).toEqual([
    {
      ...{ streamId, viewerId, sessionId, playId: "play_aaaaaaaa" },
      ...{ minute: new Date(start - 5000), firstAt: new Date(start), lastAt: now, beat: 2 },
      ...{ playing: true, ended: false, playedSeconds: 14, errors: 0, ...more },
    },
  ]);
  expect(api.logLines.join("\n")).not.toContain("playback/beat");
});

test("a beat that is late, old or doubled changes nothing, also when it is written by itself", async () => {
  const { streamId, path } = await scene();
  const { token, viewerId } = await watch(path);
  await tell(204, aBeat({ token, beat: 5, playedSeconds: 50, playing: false }));
  const before = await kept(streamId, viewerId);
  now = new Date(now.getTime() + 3000);
  await tell(204, aBeat({ token, beat: 2, playedSeconds: 20 }));
  await kept(streamId, viewerId);
  await tell(204, aBeat({ token, beat: 5, playedSeconds: 50, playing: false }));
  expect(await kept(streamId, viewerId)).toEqual(before);
});

test("no clock but the server's has a part in it: a beat cannot say when it is", async () => {
  const { path } = await scene();
  const { token } = await watch(path);
  for (const field of ["at", "time", "sentAt", "viewerId", "streamId"])
    await tell(422, { ...aBeat({ token }), [field]: "2031-01-01T00:00:00Z" });
});

test.each([
  ["negative time", { playedSeconds: -1 }],
  ["more time than a play may last", { playedSeconds: 1e9 }],
  ["no number", { playedSeconds: "NaN" }],
  ["half a beat", { beat: 1.5 }],
  ["a negative beat", { beat: -1 }],
  ["negative stalls", { stalls: -1 }],
  ["negative time of a rendition", { renditions: { "720p": -5 } }],
  ["a rendition's name of anything", { renditions: { "<b>": 5 } }],
  [
    "too many renditions",
    { renditions: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`r${n}`, 1])) },
  ],
  ["a play's id of anything", { playId: "'; drop table plays; --" }],
  ["no play", { playId: undefined }],
  ["an endless latency", { latencySeconds: 1e308 }],
])("a beat with %s is refused", async (_, wrong) => {
  const { streamId, path } = await scene();
  const { token, viewerId } = await watch(path);
  await tell(422, { ...aBeat({ token }), ...wrong });
  expect(await kept(streamId, viewerId)).toEqual(nothing);
});

test("numbers that JSON has not are malformed", async () => {
  for (const number of ["NaN", "Infinity", "-"]) {
    const response = await api.publicApp.request("/api/playback/beat", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"token":"x","playId":"play_aaaaaaaa","beat":1,"playing":true,"playedSeconds":${number}}`,
    });
    expect(response.status, await response.text()).toBe(400);
  }
});

test("without a token that we signed for beats, that has not ended, there is no beat", async () => {
  const { streamId, path } = await scene();
  const { jwtSecret } = api.deps.environment;
  const claims = { streamId, viewerId: newIdentifier("viewer"), generation: 0 };
  const later = new Date(now.getTime() + 60_000);
  const signed = await signBeatToken(jwtSecret, claims, later);
  const [head, , signature] = signed.split(".");
  const forged = Buffer.from(JSON.stringify({ sub: "usr_another", str: streamId, gen: 0, exp: 9e9 }));
  const bad = [
    "x",
    await signBeatToken("another secret, quite as long as ours", claims, later),
    await signBeatToken(jwtSecret, claims, now),
    `${head}.${forged.toString("base64url")}.${signature}`,
    /~([^/]+)/.exec((await call(api, "GET", path, 200)).body.url)![1]!,
  ];
  for (const token of bad) {
    const { body, headers } = await tell(401, aBeat({ token }));
    expect(body.type).toBe("/problems/bad-credentials");
    expect(headers.get("set-cookie")).toBeNull();
  }
  expect(await kept(streamId, claims.viewerId)).toEqual(nothing);
});

test("who may not watch gets no token, and a token counts for its own stream alone", async () => {
  const [hidden, open] = [await scene("private"), await scene()];
  await call(api, "GET", hidden.path, 404);
  const { token, viewerId } = await watch(open.path);
  await tell(204, aBeat({ token }));
  expect(await kept(hidden.streamId, viewerId)).toEqual(nothing);
  expect((await kept(open.streamId, viewerId)).plays).toHaveLength(1);
});

test("beats by a revoked playback count for nothing, and are soon refused; the new token is good", async () => {
  const { streamId, path } = await scene();
  const { token, viewerId } = await watch(path);
  await call(api, "POST", `/api/streams/${streamId}/revoke-playback`, 204, { token: admin });
  await tell(204, aBeat({ token }));
  expect(await kept(streamId, viewerId)).toEqual(nothing);
  await tell(401, aBeat({ token, beat: 2 }));
  const { body } = await call(api, "GET", `${path}?viewer=${token}`, 200);
  expect(body.viewerId).toBe(viewerId);
  await tell(204, aBeat({ token: body.beatToken, beat: 3 }));
  expect((await kept(streamId, viewerId)).minutes).toMatchObject([{ beat: 3 }]);
});

test("beats of somebody who was banned count for nothing, in public events too", async () => {
  const { db } = api.deps;
  for (const visibility of ["public", "private"] as const) {
    const { eventId, streamId, path } = await scene(visibility);
    const userId = await makeUser(db);
    await seat(db, eventId, userId);
    const { token } = await watch(path, (await signIn(api, userId)).token);
    await ban(db, eventId, userId);
    await tell(204, aBeat({ token }));
    expect(await kept(streamId, userId), visibility).toEqual(nothing);
    await tell(401, aBeat({ token, beat: 2 }));
  }
});

test("nothing of a user who was deleted comes back by beats that were under way", async () => {
  const { db } = api.deps;
  const { streamId, path } = await scene();
  const userId = await makeUser(db);
  const { token } = await watch(path, (await signIn(api, userId)).token);
  await db.update(users).set({ deletedAt: now }).where(eq(users.id, userId));
  await tell(204, aBeat({ token }));
  expect(await kept(streamId, userId)).toEqual(nothing);
  await tell(401, aBeat({ token, beat: 2 }));
});

test("beats of a stream that is gone are passed over, and those of others that came with them are kept", async () => {
  const [gone, stays] = [await scene(), await scene()];
  const [one, other] = [await watch(gone.path), await watch(stays.path)];
  await api.deps.db.delete(streams).where(eq(streams.id, gone.streamId));
  await Promise.all([tell(204, aBeat({ token: one.token })), tell(204, aBeat({ token: other.token }))]);
  expect((await kept(stays.streamId, other.viewerId)).plays).toHaveLength(1);
  await tell(401, aBeat({ token: one.token, beat: 2 }));
});

test("each batch moves the mark of its session, or of a stream without one, by which roll-ups know", async () => {
  const { db } = api.deps;
  const bound = await scene();
  const free = await makeStream(db);
  const markOf = async (subjectId: string) =>
    (await db.select().from(rollUpMarks).where(eq(rollUpMarks.subjectId, subjectId)))[0]!;
  const { token, viewerId } = await watch(bound.path);
  await tell(204, aBeat({ token }));
  await kept(bound.streamId, viewerId);
  const first = await markOf(bound.sessionId);
  await db
    .update(rollUpMarks)
    .set({ rolledUpAt: first.seenAt })
    .where(eq(rollUpMarks.subjectId, bound.sessionId));
  // In the same millisecond, for all the clock says.
  await tell(204, aBeat({ token, beat: 2 }));
  await kept(bound.streamId, viewerId);
  const second = await markOf(bound.sessionId);
  expect(second.seenAt.getTime()).toBeGreaterThan(first.seenAt.getTime());
  expect(second.rolledUpAt).toEqual(first.seenAt);
  const claims = { streamId: free.id, viewerId, generation: 0 };
  const endsAt = new Date(now.getTime() + 60_000);
  await tell(204, aBeat({ token: await signBeatToken(api.deps.environment.jwtSecret, claims, endsAt) }));
  await kept(free.id, viewerId);
  expect((await markOf(free.id)).seenAt).toEqual(now);
});

test("a flood from one address is cut off; others are not, and a minute later it goes on", async () => {
  const { path } = await scene();
  const { token } = await watch(path);
  const from = (address: string) => ({ [trustedHeaders.clientAddress]: address });
  const flood = Array.from({ length: 60 }, (_, beat) => beat);
  const answers = await Promise.all(
    flood.map((beat) =>
      api.publicApp.request("/api/playback/beat", {
        method: "POST",
        headers: { "content-type": "application/json", ...from("192.0.2.1") },
        body: JSON.stringify(aBeat({ token, beat })),
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect([
    statuses.filter((each) => each === 204).length,
    statuses.filter((each) => each === 429).length,
  ]).toEqual([40, 20]);
  expect(answers.find(({ status }) => status === 429)!.headers.get("retry-after")).toBe("60");
  await tell(204, aBeat({ token, beat: 61 }), from("192.0.2.2"));
  now = new Date(now.getTime() + 60_000);
  await tell(204, aBeat({ token, beat: 62 }), from("192.0.2.1"));
});

test("one viewer cannot make plays without end", async () => {
  const { path } = await scene();
  const { token } = await watch(path);
  const play = (index: number) => aBeat({ token, playId: `play_${String(index).padStart(8, "0")}` });
  for (let index = 0; index < mostOpenPlays; index++) await tell(204, play(index));
  expect((await tell(429, play(mostOpenPlays))).body.type).toBe("/problems/too-many-requests");
  await tell(204, { ...play(0), beat: 2, ended: true });
  await tell(429, play(mostOpenPlays));
});

test("an address gets so many new viewers a minute from either route; one who has an id, or an account, watches on", async () => {
  const { path } = await scene();
  const headers = { [trustedHeaders.clientAddress]: "198.51.100.7" };
  const first = (await call(api, "GET", path, 200, { headers })).body;
  for (let more = 0; more < 2; more++) await call(api, "GET", path, 200, { headers });
  const { body } = await call(api, "GET", path, 429, { headers });
  expect(body.type).toBe("/problems/too-many-requests");
  for (const status of [200, 200, 200, 429])
    await call(api, "POST", "/api/realtime/ticket", status, { headers });
  const known = await call(api, "GET", `${path}?viewer=${first.beatToken}`, 200, { headers });
  expect(known.body.viewerId).toBe(first.viewerId);
  await call(api, "GET", path, 200, { headers, token: await newToken(api) });
  await call(api, "GET", path, 200, { headers: { [trustedHeaders.clientAddress]: "198.51.100.8" } });
});

test("a page of another origin may tell it, and as plain text while it goes away", async () => {
  const { streamId, path } = await scene();
  const { token, viewerId } = await watch(path);
  const origin = "https://elsewhere.example";
  const asked = await api.publicApp.request("/api/playback/beat", {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
  expect(asked.headers.get("access-control-allow-origin")).toBe("*");
  expect(asked.headers.get("access-control-allow-headers")).toContain("content-type");
  const last: PlaybackBeat = aBeat({ token, beat: 9, ended: true, playing: false });
  const sent = await api.publicApp.request("/api/playback/beat", {
    method: "POST",
    headers: { origin, "content-type": "text/plain;charset=UTF-8" },
    body: JSON.stringify(last),
  });
  expect(sent.status, await sent.text()).toBe(204);
  expect((await kept(streamId, viewerId)).minutes).toMatchObject([{ beat: 9, ended: true }]);
  await tell(415, aBeat({ token }), { "content-type": "application/x-www-form-urlencoded" });
});

test("what became of beats is counted, and how many wait", async () => {
  const text = api.deps.metrics.render();
  for (const outcome of ["taken", "refused", "limited"])
    expect(text).toMatch(new RegExp(`rostrum_beats_total\\{outcome="${outcome}"\\} [1-9]`));
  expect(text).toMatch(/rostrum_beat_rows_total\{outcome="written"\} [1-9]/);
  expect(text).toMatch(/rostrum_beat_rows_total\{outcome="passed-over"\} [1-9]/);
  expect(text).toMatch(/rostrum_beat_batch_seconds_count\{outcome="ok"\} [1-9]/);
  expect(text).toMatch(/^rostrum_beats_waiting \d+$/m);
});
