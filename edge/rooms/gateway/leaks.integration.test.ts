/** Coming and going thousands of times leaves nothing behind: no memory, no handles, nobody counted. */
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import { makeSession } from "../../api/streams/test-scene.ts";
import type { TestHeap } from "../test-heap.ts";
import { TestRooms } from "../test-rooms.ts";
import type { TestSocket } from "../test-socket.ts";

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

const handles = async () => (await readdir(`/proc/${rooms.pid}/fd`)).length;

/** Connections to the API are kept for 5 s, links to rooms for 10 s; where calls take their time they are many. */
async function untilAsFew(before: number): Promise<void> {
  await waitFor("links and connections to be closed", async () => (await handles()) - before <= 8, {
    timeoutSeconds: 120,
  });
}

/** Thousands of calls keep an API waiting for its processor at times: then it is tried again, as clients do. */
async function join(socket: TestSocket, sessionId: string): Promise<void> {
  await waitFor("to be in", async () => (await socket.ask("session:join", { sessionId })).type === "ack");
}

async function isEmpty(sessionId: string): Promise<boolean> {
  const { count, userIds, anonymous } = await rooms.peopleIn(sessionId);
  return count + userIds.length + anonymous === 0;
}

test("ten thousand joins and leaves in a row", { timeout: 400_000 }, async () => {
  const { sessionId, persons } = await rooms.scene(12);
  const sockets = await Promise.all(
    persons.flatMap((person) => [1, 2, 3, 4, 5].map(() => rooms.connect(person))),
  );
  const comeAndGo = async (times: number) => {
    let left = times;
    const one = async (socket: TestSocket) => {
      while (left-- > 0) {
        await join(socket, sessionId);
        await socket.acked("session:leave", { sessionId });
        socket.told.length = 0;
        socket.frames.length = 0;
      }
    };
    await Promise.all(sockets.map(one));
  };
  await comeAndGo(3000);
  const before = { memory: await heap.heldMegabytes(), handles: await handles() };
  await comeAndGo(10_000);
  await waitFor("nobody to be counted", () => isEmpty(sessionId));
  await untilAsFew(before.handles);
  // 4 KB a join would be 40 MB.
  expect((await heap.heldMegabytes()) - before.memory).toBeLessThan(40);
  for (const socket of sockets) socket.end();
});

test("a thousand sockets that come, join and go, and as many rooms", { timeout: 400_000 }, async () => {
  const { eventId, persons } = await rooms.scene(20);
  const sessionIds = await Promise.all(
    Array.from({ length: 30 }, () => makeSession(rooms.api.deps.db, eventId)),
  );
  const visit = async (times: number) => {
    let left = times;
    const one = async (index: number) => {
      for (let turn = index; left-- > 0; turn++) {
        const socket = await waitFor("to come in", () => rooms.connect(persons[index]!));
        await join(socket, sessionIds[turn % 30]!);
        if (turn % 2 === 0) socket.end();
        else socket.vanish();
        await socket.untilClosed();
      }
    };
    await Promise.all(persons.map((_, index) => one(index)));
  };
  await visit(500);
  const before = { memory: await heap.heldMegabytes(), handles: await handles() };
  await visit(1000);
  await waitFor("nobody to be counted", async () =>
    (await Promise.all(sessionIds.map(isEmpty))).every((empty) => empty),
  );
  await untilAsFew(before.handles);
  // A socket costs 120 KB while it is open: a thousand that stayed would be 120 MB.
  expect((await heap.heldMegabytes()) - before.memory).toBeLessThan(40);
});
