/**
 * Whatever ends somebody's access closes their open sockets. Here the API's own call to the rooms never arrives and
 * Redis is away: what closes them is what gateways read by themselves.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { recordRevocations } from "../../api/realtime/revocations.ts";
import { call, signIn } from "../../api/streams/test-client.ts";
import { makeEvent, seat } from "../../api/streams/test-scene.ts";
import { type Person, TestRooms } from "../test-rooms.ts";

let rooms: TestRooms;
let admin: Person;
beforeAll(async () => {
  rooms = await TestRooms.start();
  admin = await rooms.newcomer("admin");
});
afterEach(() => {
  rooms.intercept = () => null;
});
afterAll(() => rooms.stop());

const ask = (who: Person, method: string, path: string, status: number, body?: unknown) =>
  call(rooms.api, method, path, status, { token: who.token, ...(body === undefined ? {} : { body }) });

async function onePerson(): Promise<Person> {
  const { persons } = await rooms.scene(1);
  return persons[0]!;
}

test("logging out closes the sockets of that login with 4401, and leaves those of another", async () => {
  const phone = await onePerson();
  const laptop: Person = { userId: phone.userId, ...(await signIn(rooms.api, phone.userId)) };
  const [onPhone, onLaptop] = await Promise.all([rooms.connect(phone), rooms.connect(laptop)]);
  await ask(phone, "POST", "/api/auth/logout", 204);
  expect((await onPhone.untilClosed()).code).toBe(4401);
  onLaptop.sendRaw('{"type":"ping"}');
  await onLaptop.until("the pong", ({ type }) => type === "pong");
  onLaptop.end();
});

test("a device that is signed out from another one loses its socket", async () => {
  const phone = await onePerson();
  const laptop: Person = { userId: phone.userId, ...(await signIn(rooms.api, phone.userId)) };
  const socket = await rooms.connect(phone);
  await ask(laptop, "DELETE", `/api/auth/sessions/${phone.loginId}`, 204);
  expect((await socket.untilClosed()).code).toBe(4401);
});

test("a role that changes closes the sockets with 4401, and whoever comes back has the new one", async () => {
  const person = await onePerson();
  const socket = await rooms.connect(person);
  await ask(admin, "PATCH", `/api/users/${person.userId}/role`, 200, { role: "moderator" });
  expect((await socket.untilClosed()).code).toBe(4401);
  let role = "";
  rooms.intercept = (request) =>
    request.url.endsWith("/admission")
      ? async (answer) => {
          const body = (await answer.json()) as { viewers: [{ role: string }] };
          role = body.viewers[0].role;
          return Response.json(body);
        }
      : null;
  const back = await rooms.connect(person);
  expect(role).toBe("moderator");
  const { code } = back.isOpen ? { code: 0 } : await back.untilClosed();
  expect([0, 1012]).toContain(code);
  back.end();
});

test("a deleted account loses its sockets", async () => {
  const person = await onePerson();
  const socket = await rooms.connect(person);
  await ask(person, "DELETE", `/api/users/${person.userId}`, 204);
  expect((await socket.untilClosed()).code).toBe(4401);
});

test("a ban from an event closes the sockets that are in it with 4403, and no other", async () => {
  const { db } = rooms.api.deps;
  const { eventId, sessionId, persons } = await rooms.scene(1);
  const elsewhere = await makeEvent(db);
  const person = persons[0]!;
  await seat(db, elsewhere, person.userId);
  const [inSession, inEvent, inOther] = await Promise.all([1, 2, 3].map(() => rooms.connect(person)));
  await inSession!.acked("session:join", { sessionId });
  await inEvent!.acked("event:join", { eventId });
  await inOther!.acked("event:join", { eventId: elsewhere });
  await recordRevocations(db, [{ userId: person.userId, eventId, code: 4403 }]);
  expect((await inSession!.untilClosed()).code).toBe(4403);
  expect((await inEvent!.untilClosed()).code).toBe(4403);
  inOther!.sendRaw('{"type":"ping"}');
  await inOther!.until("the pong", ({ type }) => type === "pong");
  inOther!.end();
});

test("what ended while the API could not be reached ends when it can be again", async () => {
  const person = await onePerson();
  const socket = await rooms.connect(person);
  let refused = 0;
  rooms.intercept = (request) => {
    if (!request.url.includes("/revocations")) return null;
    refused++;
    return "cut";
  };
  await ask(person, "POST", "/api/auth/logout", 204);
  await expect.poll(() => refused, { timeout: 40_000 }).toBeGreaterThan(1);
  expect(socket.isOpen).toBe(true);
  rooms.intercept = () => null;
  expect((await socket.untilClosed()).code).toBe(4401);
});

test("a login that ended is not let in again", async () => {
  const person = await onePerson();
  await ask(person, "POST", "/api/auth/logout", 204);
  await expect(rooms.connect(person)).rejects.toMatchObject({ status: 401 });
});
