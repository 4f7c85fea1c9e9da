/** Coming back to a session: what was missed, all of it, in order; or a snapshot. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sessionEvents } from "../../db/schema/session-log-tables.ts";
import { forAll, writeLog } from "../test-log.ts";
import { TestRooms } from "../test-rooms.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterAll(() => rooms.stop());

test("someone who comes back hears exactly what was missed, in order", async () => {
  const { sessionId, first, second } = await rooms.pair();
  const [speaker, listener] = [await rooms.join(first, sessionId), await rooms.join(second, sessionId)];
  await speaker.say(sessionId, "one");
  await listener.hears("one");
  listener.vanish();
  for (const text of ["two", "three", "four"]) await speaker.say(sessionId, text);
  const back = await rooms.connect(second);
  const joined = await back.acked("session:join", { sessionId, after: 1 });
  expect(joined.snapshot).toBeUndefined();
  expect(joined.seq).toBe(1);
  await back.hears("four");
  expect(back.texts()).toEqual(["two", "three", "four"]);
  await speaker.say(sessionId, "five");
  await back.hears("five");
  expect(back.texts()).toEqual(["two", "three", "four", "five"]);
  speaker.end();
  back.end();
});

test("a join without a point brings a snapshot, and then only what is newer", async () => {
  const { sessionId, first, second } = await rooms.pair();
  const speaker = await rooms.join(first, sessionId);
  for (const text of ["one", "two"]) await speaker.say(sessionId, text);
  const listener = await rooms.connect(second);
  const joined = await listener.acked("session:join", { sessionId });
  expect(joined.seq).toBe(2);
  expect(joined.snapshot?.messages.map(({ text }) => text)).toEqual(["one", "two"]);
  await speaker.say(sessionId, "three");
  await listener.hears("three");
  expect(listener.texts()).toEqual(["three"]);
  speaker.end();
  listener.end();
});

test("a thousand missed events are told, one more is a snapshot", async () => {
  const { sessionId, first } = await rooms.pair();
  await writeLog(
    rooms.api.deps.db,
    sessionId,
    Array.from({ length: 1201 }, () => forAll),
  );
  const socket = await rooms.connect(first);
  const far = await socket.acked("session:join", { sessionId, after: 200 });
  expect(far).toMatchObject({ seq: 1201, snapshot: { messages: [] } });
  expect(await socket.acked("session:join", { sessionId, after: 201 })).not.toHaveProperty("snapshot");
  await socket.until("the last event", ({ seq }) => seq === 1201);
  expect(socket.seqs()).toEqual(Array.from({ length: 1000 }, (_, index) => 202 + index));
  socket.end();
});

test("two megabytes that were missed are told, and two more that come at once", async () => {
  const { sessionId, first } = await rooms.pair();
  const { db } = rooms.api.deps;
  const many = Array.from({ length: 700 }, () => forAll);
  await writeLog(db, sessionId, many, "€".repeat(1000));
  const socket = await rooms.join(first, sessionId, 0);
  await socket.until("what was missed", ({ seq }) => seq === 700);
  const head = await writeLog(db, sessionId, many, "€".repeat(1000));
  await rooms.tell(`/parties/session/${sessionId}/poke`, { head });
  await socket.until("what came", ({ seq }) => seq === 1400);
  expect(socket.seqs()).toEqual(Array.from({ length: 1400 }, (_, index) => index + 1));
  socket.end();
});

test("a point that the log has not reached brings a snapshot", async () => {
  const { sessionId, first } = await rooms.pair();
  const socket = await rooms.connect(first);
  expect(await socket.acked("session:join", { sessionId, after: 77 })).toMatchObject({
    seq: 0,
    snapshot: {},
  });
  socket.end();
});

test("a log that was restored to an earlier state brings everyone back with a snapshot", async () => {
  const { sessionId, first } = await rooms.pair();
  const { db } = rooms.api.deps;
  await writeLog(db, sessionId, [forAll, forAll, forAll]);
  const socket = await rooms.join(first, sessionId);
  await db.delete(sessionEvents).where(eq(sessionEvents.sessionId, sessionId));
  await db.execute(`update session_logs set head = 0 where session_id = '${sessionId}'`);
  expect((await socket.untilClosed()).code).toBe(1012);
  const back = await rooms.connect(first);
  expect(await back.acked("session:join", { sessionId, after: 3 })).toMatchObject({ seq: 0, snapshot: {} });
  expect((await back.say(sessionId, "anew")).seq).toBe(1);
  await back.hears("anew");
  back.end();
});
