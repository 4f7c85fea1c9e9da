/** Who may tell of a play, and how much one may tell. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signBeatToken } from "../../auth/beat-token.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { trustedHeaders } from "../request-context.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { ban, makeUser, seat } from "../streams/test-scene.ts";
import { mostRecentPlays } from "./recent-plays.ts";
import { BeatScene, nothing } from "./test-beat-scene.ts";
import { aBeat } from "./test-beats.ts";

const beats = new BeatScene();
let admin: string;
beforeAll(async () => {
  await beats.open({ BEATS_PER_ADDRESS: "40", NEW_VIEWERS_PER_ADDRESS: "3" });
  admin = await newToken(beats.api, "admin");
});
afterAll(() => beats.api.drop());

test("without a token that we signed for beats, that has not ended, there is no beat", async () => {
  const { streamId, path } = await beats.stage();
  const { jwtSecret } = beats.api.deps.environment;
  const claims = { streamId, viewerId: newIdentifier("viewer"), generation: 0 };
  const later = new Date(beats.now.getTime() + 60_000);
  const signed = await signBeatToken(jwtSecret, claims, later);
  const [head, , signature] = signed.split(".");
  const forged = Buffer.from(JSON.stringify({ sub: "usr_another", str: streamId, gen: 0, exp: 9e9 }));
  const bad = [
    "x",
    await signBeatToken("another secret, quite as long as ours", claims, later),
    await signBeatToken(jwtSecret, claims, beats.now),
    `${head}.${forged.toString("base64url")}.${signature}`,
    /~([^/]+)/.exec((await call(beats.api, "GET", path, 200)).body.url)![1]!,
  ];
  for (const token of bad) {
    const { body, headers } = await beats.tell(401, aBeat({ token }));
    expect(body.type).toBe("/problems/bad-credentials");
    expect(headers.get("set-cookie")).toBeNull();
  }
  expect(await beats.kept(streamId, claims.viewerId)).toEqual(nothing);
});

test("who may not watch gets no token, and a token counts for its own stream alone", async () => {
  const [hidden, open] = [await beats.stage("private"), await beats.stage()];
  await call(beats.api, "GET", hidden.path, 404);
  const { token, viewerId } = await beats.watch(open.path);
  await beats.tell(204, aBeat({ token }));
  expect(await beats.kept(hidden.streamId, viewerId)).toEqual(nothing);
  expect((await beats.kept(open.streamId, viewerId)).plays).toHaveLength(1);
});

test("beats by a revoked playback count for nothing, and are soon refused; the new token is good", async () => {
  const { streamId, path } = await beats.stage();
  const { token, viewerId } = await beats.watch(path);
  await call(beats.api, "POST", `/api/streams/${streamId}/revoke-playback`, 204, { token: admin });
  await beats.tell(204, aBeat({ token }));
  expect(await beats.kept(streamId, viewerId)).toEqual(nothing);
  await beats.tell(401, aBeat({ token, beat: 2 }));
  const { body } = await call(beats.api, "GET", `${path}?viewer=${token}`, 200);
  expect(body.viewerId).toBe(viewerId);
  await beats.tell(204, aBeat({ token: body.beatToken, beat: 3 }));
  expect((await beats.kept(streamId, viewerId)).minutes).toMatchObject([{ beat: 3 }]);
});

test("beats of somebody who was banned count for nothing, in public events too", async () => {
  const { db } = beats.api.deps;
  for (const visibility of ["public", "private"] as const) {
    const { eventId, streamId, path } = await beats.stage(visibility);
    const userId = await makeUser(db);
    await seat(db, eventId, userId);
    const { token } = await beats.watch(path, (await signIn(beats.api, userId)).token);
    await ban(db, eventId, userId);
    await beats.tell(204, aBeat({ token }));
    expect(await beats.kept(streamId, userId), visibility).toEqual(nothing);
    await beats.tell(401, aBeat({ token, beat: 2 }));
  }
});

test("nothing of a user who was deleted comes back by beats that were under way", async () => {
  const { db } = beats.api.deps;
  const { streamId, path } = await beats.stage();
  const userId = await makeUser(db);
  const { token } = await beats.watch(path, (await signIn(beats.api, userId)).token);
  await db.update(users).set({ deletedAt: beats.now }).where(eq(users.id, userId));
  await beats.tell(204, aBeat({ token }));
  expect(await beats.kept(streamId, userId)).toEqual(nothing);
  await beats.tell(401, aBeat({ token, beat: 2 }));
});

test("beats of a stream that is gone are passed over, and those of others that came with them are kept", async () => {
  const [gone, stays] = [await beats.stage(), await beats.stage()];
  const [one, other] = [await beats.watch(gone.path), await beats.watch(stays.path)];
  await beats.api.deps.db.delete(streams).where(eq(streams.id, gone.streamId));
  await Promise.all([
    beats.tell(204, aBeat({ token: one.token })),
    beats.tell(204, aBeat({ token: other.token })),
  ]);
  expect((await beats.kept(stays.streamId, other.viewerId)).plays).toHaveLength(1);
  await beats.tell(401, aBeat({ token: one.token, beat: 2 }));
});

test("a flood from one address is cut off; others are not, and a minute later it goes on", async () => {
  const { path } = await beats.stage();
  const { token } = await beats.watch(path);
  const from = (address: string) => ({ [trustedHeaders.clientAddress]: address });
  const flood = Array.from({ length: 60 }, (_, beat) => beat);
  const answers = await Promise.all(
    flood.map((beat) =>
      beats.api.publicApp.request("/api/playback/beat", {
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
  await beats.tell(204, aBeat({ token, beat: 61 }), from("192.0.2.2"));
  beats.now = new Date(beats.now.getTime() + 60_000);
  await beats.tell(204, aBeat({ token, beat: 62 }), from("192.0.2.1"));
});

test("one viewer cannot make plays without end", async () => {
  const { path } = await beats.stage();
  const { token } = await beats.watch(path);
  const play = (index: number) => aBeat({ token, playId: `play_${String(index).padStart(8, "0")}` });
  for (let index = 0; index < mostRecentPlays; index++) await beats.tell(204, play(index));
  expect((await beats.tell(429, play(mostRecentPlays))).body.type).toBe("/problems/too-many-requests");
  await beats.tell(204, { ...play(0), beat: 2, ended: true });
  await beats.tell(429, play(mostRecentPlays));
});

test("an address gets so many new viewers a minute from either route; one who has an id, or an account, watches on", async () => {
  const { path } = await beats.stage();
  const headers = { [trustedHeaders.clientAddress]: "198.51.100.7" };
  const first = (await call(beats.api, "GET", path, 200, { headers })).body;
  for (let more = 0; more < 2; more++) await call(beats.api, "GET", path, 200, { headers });
  const { body } = await call(beats.api, "GET", path, 429, { headers });
  expect(body.type).toBe("/problems/too-many-requests");
  for (const status of [200, 200, 200, 429])
    await call(beats.api, "POST", "/api/realtime/ticket", status, { headers });
  const known = await call(beats.api, "GET", `${path}?viewer=${first.beatToken}`, 200, { headers });
  expect(known.body.viewerId).toBe(first.viewerId);
  await call(beats.api, "GET", path, 200, { headers, token: await newToken(beats.api) });
  await call(beats.api, "GET", path, 200, { headers: { [trustedHeaders.clientAddress]: "198.51.100.8" } });
});

test("what became of beats is counted, and how many wait", async () => {
  const text = beats.api.deps.metrics.render();
  for (const outcome of ["taken", "refused", "limited"])
    expect(text).toMatch(new RegExp(`rostrum_beats_total\\{outcome="${outcome}"\\} [1-9]`));
  expect(text).toMatch(/rostrum_beat_rows_total\{outcome="written"\} [1-9]/);
  expect(text).toMatch(/rostrum_beat_rows_total\{outcome="passed-over"\} [1-9]/);
  expect(text).toMatch(/rostrum_beat_batch_seconds_count\{outcome="ok"\} [1-9]/);
  expect(text).toMatch(/^rostrum_beats_waiting \d+$/m);
});
