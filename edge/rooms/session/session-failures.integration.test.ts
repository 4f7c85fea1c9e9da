/** What is said in a session is never lost, whatever fails, and never said twice. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import { forAll, storedEvents, writeLog } from "../test-log.ts";
import { PersistentClient } from "../test-persistent-client.ts";
import { TestRooms } from "../test-rooms.ts";
import { newRef } from "../test-socket.ts";

// Rooms that are killed take as long to come back as a busy machine needs.
vi.setConfig({ testTimeout: 150_000 });

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterEach(() => {
  rooms.intercept = () => null;
});
afterAll(() => rooms.stop());

test("what was written behind the room's back is found without a poke", async () => {
  const { sessionId, first } = await rooms.pair();
  const socket = await rooms.join(first, sessionId);
  await writeLog(rooms.api.deps.db, sessionId, [forAll, forAll]);
  await socket.until("both events", ({ seq }) => seq === 2);
  expect(socket.seqs()).toEqual([1, 2]);
  socket.end();
});

test("a commit behind a gap tells what others wrote first", async () => {
  const { sessionId, first } = await rooms.pair();
  const socket = await rooms.join(first, sessionId);
  await writeLog(rooms.api.deps.db, sessionId, [forAll, forAll]);
  expect((await socket.say(sessionId, "third")).seq).toBe(3);
  await socket.hears("third");
  expect(socket.seqs()).toEqual([1, 2, 3]);
  socket.end();
});

test("a commit that fails is tried again, and one whose answer is lost happens once", async () => {
  const { sessionId, first } = await rooms.pair();
  const socket = await rooms.join(first, sessionId);
  const failures = [new Response(null, { status: 503 }), "cut", "act, then cut"] as const;
  let commits = 0;
  rooms.intercept = (request) => (request.url.endsWith("/commit") ? (failures[commits++] ?? null) : null);
  expect(await socket.say(sessionId, "through")).toMatchObject({ text: "through", seq: 1 });
  await socket.hears("through");
  expect(commits).toBe(4);
  expect((await storedEvents(rooms.api.deps.db, sessionId)).length).toBe(1);
  expect(socket.texts()).toEqual(["through"]);
  socket.end();
});

test("one bad command is its own problem and not its batch's", async () => {
  const { sessionId, first, second } = await rooms.pair();
  const [good, bad] = [await rooms.join(first, sessionId), await rooms.join(second, sessionId)];
  const [fine, refused] = await Promise.all([
    good.ask("chat:send", { sessionId, text: "fine" }),
    bad.ask("chat:send", { sessionId, text: "reply", replyTo: "msg_unknown" }),
  ]);
  expect(fine.type).toBe("ack");
  expect(refused.problem?.status).toBe(422);
  good.end();
  bad.end();
});

test("while commits cannot be made, the sender is told 503, and the same ref later is carried out once", async () => {
  const { sessionId, first } = await rooms.pair();
  const socket = await rooms.join(first, sessionId);
  rooms.intercept = (request) => (request.url.endsWith("/commit") ? "cut" : null);
  const ref = newRef();
  const refused = await socket.ask("chat:send", { sessionId, text: "patient" }, ref);
  expect(refused.problem).toMatchObject({ type: "/problems/unavailable", status: 503 });
  expect(refused.problem?.retryAfterSeconds).toBeGreaterThan(0);
  rooms.intercept = () => null;
  const before = socket.told.length;
  socket.send("chat:send", { sessionId, text: "patient" }, ref);
  expect((await socket.until("the ack", (told) => told.ref === ref, before)).type).toBe("ack");
  expect((await storedEvents(rooms.api.deps.db, sessionId)).length).toBe(1);
  socket.end();
});

test("while the API is away, those who are in go on hearing nothing worse than silence, and joins are told 503", async () => {
  const { sessionId, first, second } = await rooms.pair();
  const [inside, late] = [await rooms.join(first, sessionId), await rooms.connect(second)];
  rooms.intercept = () => "cut";
  expect((await late.ask("session:join", { sessionId })).problem?.status).toBe(503);
  expect(inside.isOpen).toBe(true);
  rooms.intercept = () => null;
  await late.acked("session:join", { sessionId });
  await inside.say(sessionId, "still here");
  await late.hears("still here");
  inside.end();
  late.end();
});

test("a kill of the rooms loses nothing: clients come back where they were", async () => {
  const { sessionId, first, second } = await rooms.pair();
  const [speaker, listener] = [await rooms.join(first, sessionId), await rooms.join(second, sessionId)];
  await speaker.say(sessionId, "before");
  await listener.hears("before");
  const ref = newRef();
  // Whether this one is committed before the kill is anyone's guess; repeated under its ref it is there once.
  speaker.send("chat:send", { sessionId, text: "in between" }, ref);
  await rooms.kill();
  await Promise.all([speaker.untilClosed(), listener.untilClosed()]);
  await writeLog(rooms.api.deps.db, sessionId, [forAll]);
  await rooms.startProcess();
  const [again, back] = await Promise.all([
    rooms.join(first, sessionId, 1),
    rooms.join(second, sessionId, 1),
  ]);
  await again.say(sessionId, "in between", ref);
  await again.say(sessionId, "after");
  await back.hears("after");
  expect(back.texts()).toEqual(["in between", "after"]);
  expect(back.seqs()).toEqual([2, 3, 4]);
  again.end();
  back.end();
});

test("while people talk and the rooms are killed again and again, everyone hears everything once", async () => {
  const { sessionId, persons } = await rooms.scene(12);
  const clients = persons.map((person) => new PersistentClient(rooms, person, sessionId));
  await Promise.all(clients.map((client) => client.keepUp()));
  const turns = [1, 2, 3, 4];
  const texts = clients.flatMap((_, index) => turns.map((turn) => `${index} says ${turn}`));
  const said = async () => (await storedEvents(rooms.api.deps.db, sessionId)).length;
  const kills = (async () => {
    for (let before = 0; before < texts.length; before = await said()) {
      await waitFor("more to be said", async () => (await said()) > before, {
        everyMilliseconds: 5,
        timeoutSeconds: 90,
      });
      await rooms.kill();
      await rooms.startProcess();
    }
  })();
  await Promise.all(
    clients.map(async (client, index) => {
      for (const turn of turns) await client.say(`${index} says ${turn}`);
    }),
  );
  await kills;
  const written = await storedEvents(rooms.api.deps.db, sessionId);
  expect(written.length).toBe(texts.length);
  for (const client of clients) {
    await waitFor("everything", async () => {
      await client.keepUp();
      return client.heard.size === texts.length;
    });
    expect([...client.heard.values()].sort()).toEqual([...texts].sort());
    client.end();
  }
});
