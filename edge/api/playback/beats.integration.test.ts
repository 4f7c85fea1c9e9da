import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signBeatToken } from "../../auth/beat-token.ts";
import { rollUpMarks } from "../../db/schema/watching-tables.ts";
import type { PlaybackBeat } from "../../protocol/streams.ts";
import { makeStream } from "../streams/test-scene.ts";
import { BeatScene, nothing } from "./test-beat-scene.ts";
import { aBeat } from "./test-beats.ts";

const beats = new BeatScene();
beforeAll(async () => {
  await beats.open();
});
afterAll(() => beats.api.drop());

test("what a player tells is kept a minute, with the device and nothing else of who it is", async () => {
  const { sessionId, streamId, path } = await beats.stage();
  const { token, viewerId } = await beats.watch(path);
  beats.now = new Date(beats.start);
  await beats.tell(204, aBeat({ token }));
  beats.now = new Date(beats.start + 15_000);
  const more = { renditions: { "720p": 10, source: 4 }, stalls: 1, stallSeconds: 1, latencySeconds: 3.5 };
  await beats.tell(204, aBeat({ token, beat: 2, playedSeconds: 14, joinMs: 640, ...more }));
  const found = await beats.kept(streamId, viewerId);
  expect(found.plays).toEqual([
    {
      ...{ streamId, viewerId, sessionId, playId: "play_aaaaaaaa" },
      ...{ device: "phone", browser: "Chrome", firstAt: new Date(beats.start), joinMs: 640 },
    },
  ]);
  expect(found.minutes).toEqual([
    {
      ...{ streamId, viewerId, sessionId, playId: "play_aaaaaaaa" },
      ...{ minute: new Date(beats.start - 5000), firstAt: new Date(beats.start), lastAt: beats.now, beat: 2 },
      ...{ playing: true, ended: false, playedSeconds: 14, errors: 0, ...more },
    },
  ]);
  expect(beats.api.logLines.join("\n")).not.toContain("playback/beat");
});

test("a beat that is late, old or doubled changes nothing, also when it is written by itself", async () => {
  const { streamId, path } = await beats.stage();
  const { token, viewerId } = await beats.watch(path);
  await beats.tell(204, aBeat({ token, beat: 5, playedSeconds: 50, playing: false }));
  const before = await beats.kept(streamId, viewerId);
  beats.now = new Date(beats.now.getTime() + 3000);
  await beats.tell(204, aBeat({ token, beat: 2, playedSeconds: 20 }));
  await beats.kept(streamId, viewerId);
  await beats.tell(204, aBeat({ token, beat: 5, playedSeconds: 50, playing: false }));
  expect(await beats.kept(streamId, viewerId)).toEqual(before);
});

test("no clock but the server's has a part in it: a beat cannot say when it is", async () => {
  const { path } = await beats.stage();
  const { token } = await beats.watch(path);
  for (const field of ["at", "time", "sentAt", "viewerId", "streamId"])
    await beats.tell(422, { ...aBeat({ token }), [field]: "2031-01-01T00:00:00Z" });
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
  const { streamId, path } = await beats.stage();
  const { token, viewerId } = await beats.watch(path);
  await beats.tell(422, { ...aBeat({ token }), ...wrong });
  expect(await beats.kept(streamId, viewerId)).toEqual(nothing);
});

test("numbers that JSON has not are malformed", async () => {
  for (const number of ["NaN", "Infinity", "-"]) {
    const response = await beats.api.publicApp.request("/api/playback/beat", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"token":"x","playId":"play_aaaaaaaa","beat":1,"playing":true,"playedSeconds":${number}}`,
    });
    expect(response.status, await response.text()).toBe(400);
  }
});

test("each batch moves the mark of its session, or of a stream without one, by which roll-ups know", async () => {
  const { db } = beats.api.deps;
  const bound = await beats.stage();
  const free = await makeStream(db);
  const markOf = async (subjectId: string) =>
    (await db.select().from(rollUpMarks).where(eq(rollUpMarks.subjectId, subjectId)))[0]!;
  const { token, viewerId } = await beats.watch(bound.path);
  await beats.tell(204, aBeat({ token }));
  await beats.kept(bound.streamId, viewerId);
  const first = await markOf(bound.sessionId);
  await db
    .update(rollUpMarks)
    .set({ rolledUpAt: first.seenAt })
    .where(eq(rollUpMarks.subjectId, bound.sessionId));
  // In the same millisecond, for all the clock says.
  await beats.tell(204, aBeat({ token, beat: 2 }));
  await beats.kept(bound.streamId, viewerId);
  const second = await markOf(bound.sessionId);
  expect(second.seenAt.getTime()).toBeGreaterThan(first.seenAt.getTime());
  expect(second.rolledUpAt).toEqual(first.seenAt);
  const claims = { streamId: free.id, viewerId, generation: 0 };
  const endsAt = new Date(beats.now.getTime() + 60_000);
  await beats.tell(
    204,
    aBeat({ token: await signBeatToken(beats.api.deps.environment.jwtSecret, claims, endsAt) }),
  );
  await beats.kept(free.id, viewerId);
  expect((await markOf(free.id)).seenAt).toEqual(beats.now);
});

test("a page of another origin may tell it, and as plain text while it goes away", async () => {
  const { streamId, path } = await beats.stage();
  const { token, viewerId } = await beats.watch(path);
  const origin = "https://elsewhere.example";
  const asked = await beats.api.publicApp.request("/api/playback/beat", {
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
  const sent = await beats.api.publicApp.request("/api/playback/beat", {
    method: "POST",
    headers: { origin, "content-type": "text/plain;charset=UTF-8" },
    body: JSON.stringify(last),
  });
  expect(sent.status, await sent.text()).toBe(204);
  expect((await beats.kept(streamId, viewerId)).minutes).toMatchObject([{ beat: 9, ended: true }]);
  await beats.tell(415, aBeat({ token }), { "content-type": "application/x-www-form-urlencoded" });
});
