/** Frames, limits and how sockets end. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { gatewayFor } from "../../protocol/realtime.ts";
import { type Person, TestRooms } from "../test-rooms.ts";
import { TestSocket } from "../test-socket.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterEach(() => {
  rooms.intercept = () => null;
});
afterAll(() => rooms.stop());

async function open(): Promise<TestSocket> {
  const { persons } = await rooms.scene(1);
  return rooms.connect(persons[0]!);
}

const revoke = (person: Person, body: Record<string, unknown>) =>
  rooms.tell(`/parties/gateway/${gatewayFor(person.userId, 2)}/revoke`, { userId: person.userId, ...body });

test("a ping is answered, in an array like everything else", async () => {
  const socket = await open();
  socket.sendRaw('{"type":"ping"}');
  await socket.until("the pong", ({ type }) => type === "pong");
  expect(socket.frames).toEqual([[{ type: "pong" }]]);
  socket.end();
});

test.each([
  ["not JSON", "hello"],
  ["empty", ""],
  ["an array", "[]"],
  ["binary", Buffer.from('{"type":"ping"}')],
  ["above 16 KiB", JSON.stringify({ type: "ping", more: "x".repeat(16 * 1024) })],
  ["a megabyte", "x".repeat(1024 * 1024)],
])("a frame that is %s closes the socket with 4400", async (_name, frame) => {
  const socket = await open();
  socket.sendRaw(frame);
  expect((await socket.untilClosed()).code).toBe(4400);
});

test("a frame of two megabytes ends the socket and nothing else", async () => {
  const [socket, other] = await Promise.all([open(), open()]);
  socket.sendRaw("x".repeat(2 * 1024 * 1024));
  expect([4400, 1009, 1006]).toContain((await socket.untilClosed()).code);
  other.sendRaw('{"type":"ping"}');
  await other.until("the pong", ({ type }) => type === "pong");
  other.end();
});

test("an unknown type and wrong data are errors under their ref, and the socket stays", async () => {
  const socket = await open();
  expect((await socket.ask("chat:shout", {})).problem).toMatchObject({
    type: "/problems/invalid",
    status: 422,
  });
  expect((await socket.ask("session:join", { sessionId: 7 })).problem).toMatchObject({
    errors: [{ pointer: "/data/sessionId" }],
  });
  socket.sendRaw('{"type":"nothing"}');
  await socket.until("an error without a ref", ({ type, ref }) => type === "error" && ref === null);
  expect(socket.isOpen).toBe(true);
  socket.end();
});

test("too many frames at once close the socket with 4429", async () => {
  const socket = await open();
  for (let frame = 0; frame < 60; frame++) socket.sendRaw('{"type":"ping"}');
  expect((await socket.untilClosed()).code).toBe(4429);
});

test("a close that the client begins is answered", async () => {
  const socket = await open();
  socket.end();
  expect((await socket.untilClosed()).code).toBe(1005);
});

test("the end of a login closes the sockets of that login with 4401, and of no other", async () => {
  const { persons } = await rooms.scene(2);
  const [person, other] = persons;
  const [socket, second, stranger] = await Promise.all(
    [person!, person!, other!].map((who) => rooms.connect(who)),
  );
  expect((await revoke(person!, { loginId: "lgn_other", code: 4401 })).status).toBe(204);
  expect((await revoke(person!, { loginId: person!.loginId, code: 4401 })).status).toBe(204);
  expect((await socket!.untilClosed()).code).toBe(4401);
  expect((await second!.untilClosed()).code).toBe(4401);
  stranger!.sendRaw('{"type":"ping"}');
  await stranger!.until("the pong", ({ type }) => type === "pong");
  stranger!.end();
});

test("a ban closes every socket of the user with 4403", async () => {
  const { persons } = await rooms.scene(1);
  const sockets = await Promise.all([1, 2].map(() => rooms.connect(persons[0]!)));
  await revoke(persons[0]!, { code: 4403 });
  for (const socket of sockets) expect((await socket.untilClosed()).code).toBe(4403);
});

test("a token that runs out closes its socket with 4401", async () => {
  const { persons } = await rooms.scene(1);
  rooms.intercept = (request) =>
    request.url.endsWith("/admission")
      ? async (answer) => {
          const { viewers } = (await answer.json()) as { viewers: object[] };
          const expiresAt = new Date(Date.now() + 1500).toISOString();
          return Response.json({ viewers: viewers.map((viewer) => ({ ...viewer, expiresAt })) });
        }
      : null;
  const socket = await rooms.connect(persons[0]!);
  expect((await socket.untilClosed()).code).toBe(4401);
});

test("what was being said when the socket is closed is said first", async () => {
  const socket = await open();
  socket.send("chat:shout", {}, "last-words");
  socket.sendRaw("not JSON");
  expect((await socket.untilClosed()).code).toBe(4400);
  expect(socket.told.map(({ ref }) => ref)).toEqual(["last-words"]);
});

test("before a restart everyone is asked to come back, with 1012, and the process then ends when it is told to", async () => {
  const { sessionId, persons } = await rooms.scene(3);
  const sockets = await Promise.all(persons.map((person) => rooms.connect(person)));
  for (const socket of sockets) await socket.acked("session:join", { sessionId });
  expect((await rooms.tell("/restart", {})).status).toBe(204);
  for (const socket of sockets) expect((await socket.untilClosed()).code).toBe(1012);
  expect(await TestSocket.refusal(rooms.socketUrl(persons[0]!.token))).toBe(503);
  await rooms.kill("SIGTERM");
  await rooms.startProcess();
  (await rooms.connect(persons[0]!)).end();
});
