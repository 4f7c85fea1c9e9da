/** An event that was open and is hidden: who is in its rooms and may not be any more has to go. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "../../api/streams/test-client.ts";
import { type Person, TestRooms } from "../test-rooms.ts";

let rooms: TestRooms;
let admin: Person;
beforeAll(async () => {
  ({ rooms, admin } = await TestRooms.startReached());
});
afterAll(() => rooms.stop());

test.each([
  ["made private", "PUT", 200, { visibility: "private" }, true],
  ["deleted", "DELETE", 204, undefined, false],
] as const)(
  "when an event is %s, strangers in it are sent away",
  async (_how, method, status, body, membersStay) => {
    const { eventId, sessionId, persons } = await rooms.scene(1);
    const [inEvent, inSession] = [await rooms.newcomer(), await rooms.newcomer()];
    const [member, one, other, elsewhere] = await Promise.all(
      [persons[0]!, inEvent, inSession, await rooms.newcomer()].map((person) => rooms.connect(person)),
    );
    for (const [socket, type, data] of [
      [member!, "event:join", { eventId }],
      [one!, "event:join", { eventId }],
      [other!, "session:join", { sessionId }],
    ] as const) {
      const ref = socket.send(type, data);
      await socket.until("its ack", (message) => message.type === "ack" && message.ref === ref);
    }
    await call(rooms.api, method, `/api/events/${eventId}`, status, {
      token: admin.token,
      ...(body ? { body } : {}),
    });
    expect((await one!.untilClosed()).code).toBe(1012);
    expect((await other!.untilClosed()).code).toBe(1012);
    if (!membersStay) expect((await member!.untilClosed()).code).toBe(1012);
    for (const socket of membersStay ? [member!, elsewhere!] : [elsewhere!]) {
      socket.sendRaw('{"type":"ping"}');
      await socket.until("the pong", ({ type }) => type === "pong");
      socket.end();
    }
  },
);
