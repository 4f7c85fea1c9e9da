/** Who comes in, and how the others are told: at the upgrade, with a status. */
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { waitFor } from "../../testing/support/wait-for.ts";
import { call } from "../api/streams/test-client.ts";
import { audienceKey } from "../auth/audience-key.ts";
import { signPlaybackToken } from "../auth/playback-token.ts";
import { signSessionToken } from "../auth/session-token.ts";
import { gatewayFor } from "../protocol/realtime.ts";
import { TestRooms } from "./test-rooms.ts";
import { TestSocket } from "./test-socket.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterEach(() => {
  rooms.intercept = () => null;
});
afterAll(() => rooms.stop());

const refusal = (token: string) => TestSocket.refusal(rooms.socketUrl(token));

test("a good token is let in; none, an empty one, and nonsense are answered 401", async () => {
  const { persons } = await rooms.scene(1);
  const socket = await rooms.connect(persons[0]!);
  expect(socket.isOpen).toBe(true);
  socket.end();
  await socket.untilClosed();
  expect(await TestSocket.refusal(`${rooms.url.replace("http", "ws")}/ws`)).toBe(401);
  for (const token of ["", "nonsense", "a.b.c", "x".repeat(4097), "tkt_unknown"]) {
    expect(await refusal(token), token.slice(0, 20)).toBe(401);
  }
});

test("tokens that are forged, expired, unsigned or meant for something else are answered 401", async () => {
  const { persons } = await rooms.scene(1);
  const [person] = persons;
  const claims = { sub: person!.userId, sid: person!.loginId };
  const sign = (secret: string) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(secret));
  const { jwtSecret } = rooms.api.deps.environment;
  const inAnHour = new Date(Date.now() + 3_600_000);
  const bad = {
    "signed with another secret": await sign("another secret that is long enough too"),
    "signed with the secret itself": await sign(jwtSecret),
    expired: await signSessionToken(
      jwtSecret,
      { userId: person!.userId, loginId: person!.loginId },
      new Date(Date.now() - 1000),
    ),
    unsigned: new UnsecuredJWT(claims).setExpirationTime("1h").encode(),
    "a playback token": await signPlaybackToken(
      await audienceKey(jwtSecret, "playback"),
      { playbackId: "pb_a", viewerId: person!.userId, generation: 0 },
      inAnHour,
    ),
  };
  for (const [name, token] of Object.entries(bad)) expect(await refusal(token), name).toBe(401);
});

test("a ticket is good for one connection", async () => {
  const { persons } = await rooms.scene(1);
  const { body } = await call(rooms.api, "POST", "/api/realtime/ticket", 200, { token: persons[0]!.token });
  const socket = await TestSocket.open(rooms.socketUrl(body.ticket));
  expect(await refusal(body.ticket)).toBe(401);
  socket.end();
});

test("a ticket without credentials may look and not write", async () => {
  const { eventId, sessionId } = await rooms.scene(1);
  const { body } = await call(rooms.api, "POST", "/api/realtime/ticket", 200);
  const socket = await TestSocket.open(rooms.socketUrl(body.ticket));
  expect((await socket.acked("event:join", { eventId })).event.id).toBe(eventId);
  await socket.acked("session:join", { sessionId });
  const refused = await socket.ask("chat:send", { sessionId, text: "hello" });
  expect(refused.problem?.type).toBe("/problems/read-only");
  socket.end();
});

test("while the API is away, the upgrade is answered 503, not 401", async () => {
  const { persons } = await rooms.scene(1);
  rooms.intercept = () => "cut";
  expect(await refusal(persons[0]!.token)).toBe(503);
  rooms.intercept = () => new Response("SECRET DETAIL", { status: 500 });
  expect(await refusal(persons[0]!.token)).toBe(503);
});

test("a person's sixth socket is answered 429, and one that closes makes room", async () => {
  const { persons } = await rooms.scene(2);
  const [person, other] = persons;
  const sockets = await Promise.all(Array.from({ length: 5 }, () => rooms.connect(person!)));
  expect(await refusal(person!.token)).toBe(429);
  (await rooms.connect(other!)).end();
  sockets[0]!.end();
  await sockets[0]!.untilClosed();
  const again = await waitFor("room for another", () => rooms.connect(person!), { everyMilliseconds: 50 });
  for (const socket of [...sockets, again]) socket.end();
});

test("of many who come at once, five get in", async () => {
  const { persons } = await rooms.scene(1);
  const attempts = await Promise.allSettled(Array.from({ length: 12 }, () => rooms.connect(persons[0]!)));
  const sockets = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
  expect(sockets.length).toBe(5);
  for (const socket of sockets) socket.end();
});

test("an ordinary request to /ws is told that this is a WebSocket", async () => {
  const response = await fetch(`${rooms.url}/ws?token=x`);
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
});

test("health answers, and what is not there is 404", async () => {
  expect(await (await fetch(`${rooms.url}/health`)).json()).toEqual({ status: "ok" });
  for (const path of ["/", "/elsewhere", "/party/main", "/parties/none/room"]) {
    expect((await fetch(rooms.url + path)).status, path).toBe(404);
  }
});

test("nobody gets past /ws without the internal key, whatever headers they bring", async () => {
  const { eventId, sessionId, persons } = await rooms.scene(1);
  const [person] = persons;
  const paths = [
    `/parties/gateway/${gatewayFor(person!.userId, 2)}`,
    `/parties/session/${sessionId}`,
    `/parties/event/${eventId}`,
  ];
  for (const path of paths) {
    expect((await rooms.tell(`${path}/restart`, {}, "another key")).status, path).toBe(403);
    expect((await fetch(rooms.url + path)).status, path).toBe(403);
    expect(await TestSocket.refusal(rooms.url.replace("http", "ws") + path), path).toBe(403);
  }
  expect((await rooms.tell("/restart", {}, "another key")).status).toBe(404);
  expect(await TestSocket.refusal(`${rooms.url.replace("http", "ws")}/party/main`)).toBe(404);
});

test("with the key, rooms that cannot be are 404, and unknown actions too", async () => {
  for (const path of [
    "/parties/gateway/other/revoke",
    "/parties/session/evt_a/poke",
    "/parties/event/../publish",
  ]) {
    expect((await rooms.tell(path, {})).status, path).toBe(404);
  }
  expect((await rooms.tell("/parties/gateway/gateway-0/explode", {})).status).toBe(404);
  expect((await rooms.tell("/parties/session/ses_a/poke", { head: "x" })).status).toBe(422);
});

test("a body that is no JSON is a problem, and the answer does not tell what broke", async () => {
  const response = await fetch(`${rooms.url}/parties/session/ses_a/poke`, {
    method: "POST",
    headers: { authorization: "Bearer test-internal-key" },
    body: "{",
  });
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(await response.text()).not.toMatch(/JSON|Unexpected|position/);
});
