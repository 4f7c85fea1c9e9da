/** Clients that take less than they are sent, over real TCP: dropped with 4430, bounded in memory, a burden to nobody. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import type { TestHeap } from "../test-heap.ts";
import { forAll, writeLog } from "../test-log.ts";
import { TestRooms } from "../test-rooms.ts";
import type { TestSocket } from "../test-socket.ts";

// What is said keeps the processors busy, and takes as long as others leave of them.
vi.setConfig({ testTimeout: 300_000 });

let rooms: TestRooms;
let heap: TestHeap;
beforeAll(async () => {
  rooms = await TestRooms.start(1, { inspected: true });
  heap = await rooms.heap();
});
afterAll(async () => {
  heap.close();
  await rooms.stop();
});

const megabyte = 1024 * 1024;
/** A megabyte of events; answers when `listener` has heard them all. */
async function sayMegabyte(sessionId: string, listener: TestSocket): Promise<void> {
  const events = Array.from({ length: 250 }, () => forAll);
  const head = await writeLog(rooms.api.deps.db, sessionId, events, "x".repeat(megabyte / 250));
  await rooms.tell(`/parties/session/${sessionId}/poke`, { head });
  await listener.until("all of it", ({ seq }) => seq === head);
  listener.told.length = 0;
  listener.frames.length = 0;
  // It has read all of that, whoever counts.
  listener.sendRaw('{"type":"ping","frames":1000000}');
}

test("who reads nothing is dropped with 4430, and others hear everything meanwhile", async () => {
  const { sessionId, persons } = await rooms.scene(9);
  const [listener, ...slow] = await Promise.all(persons.map((person) => rooms.connect(person)));
  await listener!.acked("session:join", { sessionId });
  const most = async () => {
    let peak = 0;
    for (let said = 0; said < 20; said++) {
      await sayMegabyte(sessionId, listener!);
      peak = Math.max(peak, await heap.heldMegabytes());
    }
    return peak;
  };
  const alone = await most();
  for (const socket of slow) {
    await socket.acked("session:join", { sessionId });
    socket.pause();
  }
  // Eight clients, 8 MiB each, of which the kernel has its part; without a bound it would be 20 MB each.
  expect((await most()) - alone).toBeLessThan(100);
  expect((await rooms.peopleIn(sessionId)).userIds).toEqual([persons[0]!.userId]);
  for (const socket of slow) socket.resume();
  for (const socket of slow) expect((await socket.untilClosed()).code).toBe(4430);
  listener!.end();
});

test("who pings and does not read is dropped too, once it has said what arrives", async () => {
  const { sessionId, persons } = await rooms.scene(2);
  const [listener, slow] = await Promise.all(persons.map((person) => rooms.connect(person)));
  for (const socket of [listener!, slow!]) await socket.acked("session:join", { sessionId });
  slow!.sendRaw('{"type":"ping","frames":2}');
  await slow!.until("the pong", ({ type }) => type === "pong");
  slow!.pause();
  for (let said = 0; said < 12; said++) {
    await sayMegabyte(sessionId, listener!);
    if (said < 3) slow!.sendRaw('{"type":"ping","frames":2}');
  }
  expect((await rooms.peopleIn(sessionId)).userIds).toEqual([persons[0]!.userId]);
  slow!.resume();
  expect((await slow!.untilClosed()).code).toBe(4430);
  listener!.end();
});

test("who says what arrives may be sent any amount", async () => {
  const { sessionId, persons } = await rooms.scene(1);
  const socket = await rooms.connect(persons[0]!);
  await socket.acked("session:join", { sessionId });
  for (let said = 0; said < 12; said++) await sayMegabyte(sessionId, socket);
  expect(socket.isOpen).toBe(true);
  socket.end();
});

test("memory is given back when those who did not read are gone", async () => {
  const { sessionId, persons } = await rooms.scene(7);
  const [first, ...others] = persons;
  const listener = await rooms.connect(first!);
  await listener.acked("session:join", { sessionId });
  const round = async () => {
    const slow = await Promise.all(others.map((person) => rooms.connect(person)));
    for (const socket of slow) await socket.acked("session:join", { sessionId });
    for (const socket of slow) socket.pause();
    for (let said = 0; said < 10; said++) await sayMegabyte(sessionId, listener);
    for (const socket of slow) socket.vanish();
    await waitFor("them to be gone", async () => (await rooms.peopleIn(sessionId)).userIds.length === 1);
    return heap.heldMegabytes();
  };
  // Until the newest events fill their rings, and the allocator has what a round needs.
  for (let warming = 0; warming < 3; warming++) await round();
  const before = await round();
  for (let more = 0; more < 3; more++) await round();
  // Six clients are sent 48 MB each time: a sixth of it kept would be 32 MB by now.
  expect((await round()) - before).toBeLessThan(24);
  listener.end();
});
