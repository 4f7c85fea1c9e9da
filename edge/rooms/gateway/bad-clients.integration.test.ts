/** What clients do that they should not, over real sockets; nobody else notices. */
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import { ban, makeEvent, makeSession } from "../../api/streams/test-scene.ts";
import { type Person, TestRooms } from "../test-rooms.ts";
import { newRef, TestSocket } from "../test-socket.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterAll(() => rooms.stop());

async function works(socket: TestSocket): Promise<void> {
  const before = socket.told.length;
  socket.sendRaw('{"type":"ping"}');
  await socket.until("the pong", ({ type }) => type === "pong", before);
}

test("who may not be there, and what is not there, are refused the same way by join and by command", async () => {
  const { eventId, sessionId, persons } = await rooms.scene(2);
  const { db } = rooms.api.deps;
  const secret = await makeSession(db, await makeEvent(db, { visibility: "private" }));
  await ban(db, eventId, persons[1]!.userId);
  const [socket, banned] = await Promise.all(persons.map((person) => rooms.connect(person)));
  for (const id of [secret, "ses_absent"]) {
    expect((await socket!.ask("session:join", { sessionId: id })).problem?.type).toBe("/problems/not-found");
    const said = await socket!.ask("chat:send", { sessionId: id, text: "x" });
    expect(said.problem?.type).toBe("/problems/forbidden");
  }
  expect((await banned!.ask("session:join", { sessionId })).problem?.type).toBe("/problems/banned");
  expect((await banned!.ask("event:join", { eventId })).problem?.type).toBe("/problems/banned");
  for (const each of [socket!, banned!]) each.end();
});

test("after leaving nothing can be said, in whatever way", async () => {
  const { sessionId, persons } = await rooms.scene(1);
  const socket = await rooms.join(persons[0]!, sessionId);
  await socket.acked("session:leave", { sessionId });
  const commands: [string, object][] = [
    ["chat:send", { text: "x" }],
    ["chat:typing", {}],
    ["question:ask", { text: "x" }],
    ["question:upvote", { questionId: "qst_a" }],
    ["question:unvote", { questionId: "qst_a" }],
    ["poll:vote", { pollId: "pol_a", optionIds: ["opt_a"] }],
    ["reaction:send", { emoji: "🎉" }],
    ["watch:state", { playing: true }],
  ];
  for (const [type, data] of commands) {
    const { problem } = await socket.ask(type, { sessionId, ...data });
    expect(problem, type).toMatchObject({ type: "/problems/forbidden", detail: "Join the session first" });
  }
  await socket.acked("session:leave", { sessionId });
  socket.end();
});

test("another one's ref is nothing to oneself: neither their answer nor their command", async () => {
  const { sessionId, persons } = await rooms.scene(2);
  const [ada, eve] = await Promise.all(persons.map((person) => rooms.join(person, sessionId)));
  const ref = newRef();
  const original = await ada!.acked("chat:send", { sessionId, text: "mine" }, ref);
  const other = await eve!.acked("chat:send", { sessionId, text: "another" }, ref);
  expect(other.user?.id).toBe(persons[1]!.userId);
  expect(other.id).not.toBe(original.id);
  expect(await ada!.acked("chat:send", { sessionId, text: "changed" }, ref)).toEqual(original);
  for (const socket of [ada!, eve!]) socket.end();
});

test("a connection id that a client chooses is nobody's: two with the same one are two", async () => {
  const { sessionId, persons } = await rooms.scene(2);
  const open = ({ token }: Person) => TestSocket.open(`${rooms.socketUrl(token)}&_pk=mine&id=mine`);
  const [first, twin, other] = await Promise.all([persons[0]!, persons[0]!, persons[1]!].map(open));
  for (const socket of [first!, twin!, other!]) await socket.acked("session:join", { sessionId });
  await twin!.acked("session:leave", { sessionId });
  await first!.acked("chat:send", { sessionId, text: "hello" });
  await other!.until("to hear it", ({ type }) => type === "chat:message");
  twin!.vanish();
  await works(first!);
  await works(other!);
  expect(twin!.texts()).toEqual([]);
  for (const socket of [first!, other!]) socket.end();
});

test("names that JavaScript knows are names like any other", async () => {
  const { sessionId, persons } = await rooms.scene(1);
  const socket = await rooms.join(persons[0]!, sessionId);
  for (const name of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"]) {
    expect((await socket.ask(name, {})).problem?.status, name).toBe(422);
    expect((await socket.ask("session:join", { sessionId: name })).problem?.status, name).toBe(422);
    expect(
      (await socket.ask("poll:vote", { sessionId, pollId: name, optionIds: [name] })).problem?.status,
    ).toBe(422);
    socket.sendRaw(
      `{"type":"chat:send","ref":"p-${name}","${name}":{"staff":true},"data":{"sessionId":"${sessionId}","text":"x","${name}":{"user":1}}}`,
    );
    const answer = await socket.until("an answer", ({ ref }) => ref === `p-${name}`);
    expect(["ack", "error"]).toContain(answer.type);
  }
  await works(socket);
  socket.end();
});

test("who floods a session is closed with 4429, and the others' words pass meanwhile", async () => {
  const { sessionId, persons } = await rooms.scene(3);
  const [calm, listener, flooder] = await Promise.all(persons.map((person) => rooms.join(person, sessionId)));
  for (let n = 0; n < 500; n++) flooder!.send("chat:send", { sessionId, text: `flood ${n}` });
  await calm!.acked("chat:send", { sessionId, text: "calm" });
  await listener!.until("calm words", ({ type, data }) => type === "chat:message" && data.text === "calm");
  expect((await flooder!.untilClosed()).code).toBe(4429);
  expect(listener!.texts().filter((text) => text.startsWith("flood")).length).toBeLessThanOrEqual(20);
  for (const socket of [calm!, listener!]) socket.end();
});

/** The upgrade by hand, on a connection that stays under our control. */
async function upgradeByHand(token: string): Promise<Socket> {
  const { hostname, port } = new URL(rooms.url);
  const socket = connectTcp({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, "connect");
  socket.write(
    `GET /ws?token=${token} HTTP/1.1\r\nHost: rooms\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString("latin1")).toContain("101 Switching Protocols");
  return socket;
}

/** One masked text frame (RFC 6455, 5.2). */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([
    Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255, 0, 0, 0, 0]),
    payload,
  ]);
}

test("a connection that is closed on one side only is one that is gone", async () => {
  const { sessionId, persons } = await rooms.scene(1);
  const socket = await upgradeByHand(persons[0]!.token);
  socket.write(textFrame(JSON.stringify({ type: "session:join", ref: "j", data: { sessionId } })));
  await waitFor("to be counted", async () => (await rooms.peopleIn(sessionId)).userIds.length === 1);
  socket.end();
  await waitFor("to be gone", async () => (await rooms.peopleIn(sessionId)).userIds.length === 0);
  socket.destroy();
});

test("a hundred connections that never finish their upgrade keep nobody out", async () => {
  const { sessionId, persons } = await rooms.scene(1);
  const { hostname, port } = new URL(rooms.url);
  const stuck = Array.from({ length: 100 }, () => connectTcp({ host: hostname, port: Number(port) }));
  for (const socket of stuck)
    socket.on("error", () => {}).write("GET /ws?token=x HTTP/1.1\r\nHost: rooms\r\nUpgr");
  const socket = await rooms.join(persons[0]!, sessionId);
  await socket.acked("chat:send", { sessionId, text: "in" });
  socket.end();
  for (const other of stuck) other.destroy();
});

test("a frame of an unknown kind ends its connection and nothing else", async () => {
  const { sessionId, persons } = await rooms.scene(2);
  const bad = await upgradeByHand(persons[0]!.token);
  const good = await rooms.join(persons[1]!, sessionId);
  let isOver = false;
  bad.on("end", () => {
    isOver = true;
  });
  bad.on("error", () => {
    isOver = true;
  });
  bad.resume();
  // Opcode 3 is reserved (RFC 6455, 5.2).
  bad.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]));
  await waitFor("the connection to end", () => isOver);
  bad.destroy();
  await works(good);
  good.end();
});
