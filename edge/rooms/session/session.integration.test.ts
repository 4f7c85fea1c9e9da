/** What is said in a session: in order, once, and to those it is for. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import { giveRole } from "../../api/streams/test-scene.ts";
import { forAll, forStaff, storedEvents, writeLog } from "../test-log.ts";
import { TestRooms } from "../test-rooms.ts";
import { newRef, type TestSocket } from "../test-socket.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterAll(() => rooms.stop());

test("a message is acked to its sender and heard by those of another gateway", async () => {
  const { sessionId, first, second } = await rooms.pair();
  const [speaker, listener] = [await rooms.join(first, sessionId), await rooms.join(second, sessionId)];
  const message = await speaker.say(sessionId, "hello");
  expect(message).toMatchObject({ seq: 1, sessionId, text: "hello", user: { id: first.userId } });
  expect(await listener.hears("hello")).toMatchObject({
    type: "chat:message",
    sessionId,
    seq: 1,
    data: message,
  });
  await speaker.hears("hello");
  speaker.end();
  listener.end();
});

test("a message may follow its join without waiting", async () => {
  const { sessionId, first } = await rooms.pair();
  const socket = await rooms.connect(first);
  socket.send("session:join", { sessionId });
  expect(await socket.say(sessionId, "quick")).toMatchObject({ text: "quick" });
  socket.end();
});

test("without a join nothing is said, and after a leave nothing is heard", async () => {
  const { sessionId, first, second } = await rooms.pair();
  const [speaker, listener] = [await rooms.connect(first), await rooms.join(second, sessionId)];
  expect((await speaker.ask("chat:send", { sessionId, text: "x" })).problem?.type).toBe(
    "/problems/forbidden",
  );
  await speaker.acked("session:join", { sessionId });
  await listener.acked("session:leave", { sessionId });
  await speaker.say(sessionId, "to nobody");
  await speaker.hears("to nobody");
  listener.sendRaw('{"type":"ping"}');
  await listener.until("the pong", ({ type }) => type === "pong");
  expect(listener.texts()).toEqual([]);
  speaker.end();
  listener.end();
});

test("the same ref is carried out once, at once, later, and from another socket", async () => {
  const { sessionId, first } = await rooms.pair();
  const [socket, other] = [await rooms.join(first, sessionId), await rooms.join(first, sessionId)];
  const ref = newRef();
  socket.send("chat:send", { sessionId, text: "once" }, ref);
  socket.send("chat:send", { sessionId, text: "once" }, ref);
  const both = await waitFor("two answers", () => {
    const answers = socket.told.filter((told) => told.ref === ref);
    return answers.length === 2 && answers;
  });
  expect(both[0]).toEqual(both[1]);
  expect(await other.say(sessionId, "once", ref)).toEqual(both[0]!.data);
  expect((await storedEvents(rooms.api.deps.db, sessionId)).length).toBe(1);
  socket.end();
  other.end();
});

test("who may not see a session is told so, and no room is made for an id that someone made up", async () => {
  const { sessionId, first } = await rooms.pair();
  const socket = await rooms.connect(first);
  expect((await socket.ask("session:join", { sessionId: "ses_made_up" })).problem?.type).toBe(
    "/problems/not-found",
  );
  expect((await socket.ask("event:join", { eventId: "evt_made_up" })).problem?.type).toBe(
    "/problems/not-found",
  );
  expect(rooms.apiCalls.filter((call) => /made_up\/(log|state)/.test(call))).toEqual([]);
  await socket.acked("session:join", { sessionId });
  socket.end();
});

test("events reach those they are for, and the others' resume point moves on", async () => {
  const { eventId, sessionId, first, second } = await rooms.pair();
  const { db } = rooms.api.deps;
  await giveRole(db, eventId, second.userId, "moderator");
  const [viewer, moderator] = [await rooms.join(first, sessionId), await rooms.join(second, sessionId)];
  const onlyFirst = { kind: "user", userId: first.userId } as const;
  const head = await writeLog(db, sessionId, [forAll, forStaff, onlyFirst, forStaff, forStaff]);
  expect((await rooms.tell(`/parties/session/${sessionId}/poke`, { head })).status).toBe(204);
  const end = (socket: TestSocket) => socket.until("the end", ({ seq }) => seq === head);
  await Promise.all([end(viewer), end(moderator)]);
  const told = (socket: TestSocket) =>
    socket.told.flatMap(({ type, seq }) => (seq ? [`${type} ${seq}`] : []));
  expect(told(viewer)).toEqual(["test:written 1", "test:written 3", "session:seq 5"]);
  expect(told(moderator)).toEqual([1, 2, 4, 5].map((seq) => `test:written ${seq}`));
  viewer.end();
  moderator.end();
});
