/** How many watch, as people are told in the session: by sockets, beats and playlists, each viewer once. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import { sampleAt } from "../../api/stream-health/test-live-stream.ts";
import { call } from "../../api/streams/test-client.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { TestRooms } from "../test-rooms.ts";
import { audienceScene, countIsTold, countsTold, desktop, phone } from "./test-audience.ts";

// Most of it waits for what rooms do every few seconds, and for as long as a busy machine takes.
vi.setConfig({ testTimeout: 150_000 });

let rooms: TestRooms;
let admin: string;
beforeAll(async () => {
  // A player that says nothing for nine seconds is gone.
  const reached = await TestRooms.startReached("Ada", { BEAT_SECONDS: "3" });
  rooms = reached.rooms;
  admin = reached.admin.token;
});
afterAll(() => rooms.stop());

// Side by side: each has a session of its own, and waits for its room to ask.
test.concurrent("one person with two tabs, a phone and a desktop is one viewer, and staff see their devices", async () => {
  const { sessionId, listener, play, counted, asked } = await audienceScene(rooms);
  const whoIsHere = async () =>
    (await call(rooms.api, "GET", `/api/sessions/${sessionId}/viewers`, 200, { token: admin })).body;
  const person = await rooms.newcomer();
  const heard = counted(2);
  const tabs = await Promise.all([rooms.join(person, sessionId), rooms.join(person, sessionId)]);
  await heard;
  const players = await Promise.all([play({ person, agent: phone }), play({ person, agent: desktop })]);
  const { db } = rooms.api.deps;
  const plays = () => db.execute(sql`select 1 from plays where session_id = ${sessionId}`);
  await waitFor("both players to be heard of", async () => (await plays()).length === 2);
  await asked(2);
  expect(countsTold(listener, sessionId).at(-1)).toEqual({ count: 2, peak: 2 });
  const strangers = await Promise.all([play({ agent: phone }), play({ agent: phone }), play()]);
  await waitFor("strangers' players to be heard of", async () => (await whoIsHere()).anonymous === 3, {
    timeoutSeconds: 30,
  });
  const { items, anonymousDevices } = await whoIsHere();
  expect(items.find(({ id }: { id: string }) => id === person.userId)).toMatchObject({
    connections: 2,
    devices: [
      { device: "desktop", browser: "Chrome", players: 1 },
      { device: "phone", browser: "Safari", players: 1 },
    ],
  });
  expect(anonymousDevices).toEqual([
    { device: "phone", viewers: 2 },
    { device: "desktop", viewers: 1 },
  ]);
  await Promise.all([...players, ...strangers].map((player) => player.stop()));
  for (const socket of [...tabs, listener]) socket.end();
});

test.concurrent("players that beat and players that only fetch playlists count, and fall away by themselves", async () => {
  const { sessionId, streamId, listener, play, counted, fetchPlaylists, figures } =
    await audienceScene(rooms);
  const two = counted(2);
  const player = await play();
  await two;
  const three = counted(3);
  await fetchPlaylists("adr_player_without_a_token", player.viewerId);
  await three;
  await waitFor("the API to say the same", async () => (await figures(admin)).viewers === 3, {
    timeoutSeconds: 30,
  });
  expect(await figures(admin)).toEqual({ viewers: 3, peakViewers: 3, stats: 3 });
  const without = counted(2);
  await player.close();
  // Who closed their player is gone at once, whatever it fetched before.
  await without;
  const alone = counted(1);
  await rooms.api.deps.db.execute(
    sql`update stream_viewers set seen_at = seen_at - interval '46 seconds' where stream_id = ${streamId}`,
  );
  await alone;
  expect(countsTold(listener, sessionId).at(-1)).toEqual({ count: 1, peak: 3 });
  listener.end();
  await waitFor("nobody to be left", async () => (await figures(admin)).viewers === 0, {
    timeoutSeconds: 30,
  });
  expect(await figures(admin)).toEqual({ viewers: 0, peakViewers: 3, stats: 0 });
});

test.concurrent("who has a socket, a player and playlists is one, also while the socket goes and comes back", async () => {
  const { sessionId, listener, play, counted, asked, fetchPlaylists, told } = await audienceScene(rooms);
  const person = await rooms.newcomer();
  const two = counted(2);
  const player = await play({ person });
  await two;
  const first = await rooms.join(person, sessionId);
  await fetchPlaylists(person.userId);
  await asked(2);
  first.vanish();
  await asked(2);
  await waitFor("the player alone to count", () => told()?.count === 2, { timeoutSeconds: 30 });
  const again = await rooms.join(person, sessionId);
  await asked(2);
  await waitFor("both to count once", () => told()?.count === 2, { timeoutSeconds: 30 });
  expect(Math.max(...countsTold(listener, sessionId).map(({ count }) => count))).toBe(2);
  expect(told()).toEqual({ count: 2, peak: 2 });
  const one = counted(1);
  await player.stop();
  again.end();
  await rooms.api.deps.db.execute(
    sql`update stream_viewers set seen_at = seen_at - interval '46 seconds' where viewer_id = ${person.userId}`,
  );
  await one;
  expect(told()).toEqual({ count: 1, peak: 2 });
  listener.end();
});

test.concurrent("a crowd whose players beat joins with sockets all at once, and the peak is right", async () => {
  const { sessionId, listener, play, counted, asked, told } = await audienceScene(rooms);
  const persons = await Promise.all(Array.from({ length: 10 }, () => rooms.newcomer()));
  const all = counted(11);
  const players = await Promise.all(persons.map((person) => play({ person })));
  await all;
  const sockets = await Promise.all(persons.map((person) => rooms.join(person, sessionId)));
  await asked(3);
  await waitFor("everyone to count once", () => told()?.count === 11, { timeoutSeconds: 30 });
  expect(told()).toEqual({ count: 11, peak: 11 });
  await Promise.all(players.map((player) => player.stop()));
  for (const socket of [...sockets, listener]) socket.end();
});

test.concurrent("in the event's own room a viewer of two sessions counts once", async () => {
  const { db } = rooms.api.deps;
  const [first, second] = await Promise.all([audienceScene(rooms), audienceScene(rooms)]);
  const [session] = await db.execute<{ event_id: string }>(
    sql`select event_id from sessions where id = ${first.sessionId}`,
  );
  const eventId = session!.event_id;
  await db.execute(sql`update sessions set event_id = ${eventId} where id = ${second.sessionId}`);
  const inHall = await rooms.connect(await rooms.newcomer());
  await inHall.acked("event:join", { eventId });
  const person = await rooms.newcomer();
  const two = countIsTold(inHall, { eventId }, 2);
  const players = await Promise.all([first.play({ person }), second.play({ person })]);
  await two;
  const three = countIsTold(inHall, { eventId }, 3);
  const other = await second.play();
  await three;
  const again = countIsTold(inHall, { eventId }, 1);
  await Promise.all([...players, other].map((player) => player.stop()));
  await again;
  for (const socket of [inHall, first.listener, second.listener]) socket.end();
});

test.concurrent("without anyone in the room the API counts those whose players beat, and keeps the peak", async () => {
  const { id, listener, sessionId, samples, play, figures } = await audienceScene(rooms);
  listener.end();
  await waitFor("the room to be empty", async () => (await rooms.peopleIn(sessionId)).count === 0, {
    timeoutSeconds: 30,
  });
  const players = await Promise.all([play(), play(), play()]);
  await waitFor("three to be counted", async () => (await figures(admin)).viewers === 3, {
    timeoutSeconds: 30,
  });
  await samples([sampleAt(new Date())]);
  expect(await figures(admin)).toEqual({ viewers: 3, peakViewers: 3, stats: 3 });
  await Promise.all(players.map((player) => player.stop()));
  await waitFor("nobody to be left", async () => (await figures(admin)).stats === 0, { timeoutSeconds: 30 });
  const rows = await rooms.api.deps.db.execute(sql`select peak_viewers from streams where id = ${id}`);
  expect([...rows]).toEqual([{ peak_viewers: 3 }]);
});

test.concurrent("while the API is away only those with sockets count", async () => {
  const { sessionId, streamId, listener, counted, fetchPlaylists } = await audienceScene(rooms);
  const three = counted(3);
  await fetchPlaylists(newIdentifier("viewer"), newIdentifier("viewer"));
  await three;
  expect(streamId).toMatch(/^str_/);
  const before = rooms.intercept;
  rooms.intercept = (request) =>
    request.url.endsWith(`${sessionId}/others`) ? new Response(null, { status: 503 }) : before(request);
  await counted(1);
  listener.end();
});
