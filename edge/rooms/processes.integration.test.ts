/** Rooms in two processes: each has one of the two gateways, and its share of the sessions and events. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../../testing/support/wait-for.ts";
import { call } from "../api/streams/test-client.ts";
import { makeSession } from "../api/streams/test-scene.ts";
import { gatewayFor } from "../protocol/realtime.ts";
import { roomPlace } from "../protocol/room-placement.ts";
import { type Person, TestRooms } from "./test-rooms.ts";
import type { TestSocket, Told } from "./test-socket.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start(2);
  Object.assign(rooms.api.deps.environment, { roomsUrl: rooms.urls.join() });
});
afterAll(() => rooms.stop());

const placeOf = ({ userId }: Person) => roomPlace("gateway", gatewayFor(userId, 2), 2);

/** One person of each process, and a session in each. */
async function scene() {
  const { eventId, sessionId } = await rooms.scene(1);
  const people = await Promise.all(
    [0, 1].map((place) => rooms.seated(eventId, (person) => placeOf(person) === place)),
  );
  const sessionIds = [sessionId];
  while (new Set(sessionIds.map((id) => roomPlace("session", id, 2))).size < 2) {
    sessionIds.push(await makeSession(rooms.api.deps.db, eventId));
  }
  const perProcess = [0, 1].map((place) => sessionIds.find((id) => roomPlace("session", id, 2) === place)!);
  return { eventId, people: people as [Person, Person], sessionIds: perProcess };
}
const heard = (socket: TestSocket, text: string) =>
  socket.until(`to hear ${text}`, ({ type, data }) => type === "chat:message" && data.text === text);

test("whichever process a JWT lands on, its person hears and says everything", async () => {
  const { people, sessionIds } = await scene();
  for (const sessionId of sessionIds) {
    const sockets = await Promise.all(
      people.flatMap((person) => [rooms.connect(person, 0), rooms.connect(person, 1)]),
    );
    for (const socket of sockets) await socket.acked("session:join", { sessionId });
    // Those of each person that landed in the other's process.
    for (const index of [1, 2]) {
      await sockets[index]!.acked("chat:send", { sessionId, text: `from ${index}` });
      await Promise.all(sockets.map((other) => heard(other, `from ${index}`)));
    }
    await sockets[0]!.until(
      "two people in four sockets",
      ({ type, data }) => type === "viewers:count" && data.count === 2,
    );
    for (const socket of sockets) socket.end();
  }
});

test("a ticket says which process has the gateway", async () => {
  const { people, sessionIds } = await scene();
  for (const person of people) {
    const { body } = await call(rooms.api, "POST", "/api/realtime/ticket", 200, { token: person.token });
    expect(body.ticket).toMatch(new RegExp(`^tkt_${placeOf(person)}_[A-Za-z0-9_-]{32}$`));
    const socket = await rooms.connect({ ...person, token: body.ticket }, placeOf(person));
    await socket.acked("session:join", { sessionId: sessionIds[0] });
    socket.end();
  }
});

test("the limit of sockets holds over both processes, and so does the end of a login", async () => {
  const { people } = await scene();
  const [person] = people;
  const sockets = await Promise.all([0, 1, 0, 1, 0].map((process) => rooms.connect(person, process)));
  await expect(rooms.connect(person, 1)).rejects.toMatchObject({ status: 429 });
  const path = `/parties/gateway/${gatewayFor(person.userId, 2)}/revoke`;
  await rooms.tell(path, { userId: person.userId, loginId: person.loginId, code: 4401 });
  for (const socket of sockets) expect((await socket.untilClosed()).code).toBe(4401);
});

test("a process that dies takes its own gateway with it, and the count is right again within 15 s", async () => {
  const { people, sessionIds } = await scene();
  const sessionId = sessionIds.find((id) => roomPlace("session", id, 2) === 0)!;
  const [stays, goes] = await Promise.all(people.map((person) => rooms.connect(person, placeOf(person))));
  for (const socket of [stays!, goes!]) await socket.acked("session:join", { sessionId });
  const isCount =
    (count: number) =>
    ({ type, data }: Told) =>
      type === "viewers:count" && data.sessionId === sessionId && data.count === count;
  await stays!.until("two", isCount(2));
  const before = stays!.told.length;
  await rooms.kill("SIGKILL", 1);
  await stays!.until("one", isCount(1), before, 15);
  await stays!.acked("chat:send", { sessionId, text: "still here" });
  await rooms.startProcess();
  const back = await rooms.connect(people[1], 1);
  await back.acked("session:join", { sessionId });
  await stays!.until("two again", isCount(2), before);
  stays!.end();
  back.end();
});

test("a session whose process dies goes on when it is back, without a hole", async () => {
  const { people, sessionIds } = await scene();
  const sessionId = sessionIds.find((id) => roomPlace("session", id, 2) === 1)!;
  const [person] = people;
  const socket = await rooms.connect(person, 0);
  await socket.acked("session:join", { sessionId });
  await socket.acked("chat:send", { sessionId, text: "one" });
  await rooms.kill("SIGKILL", 1);
  const ref = socket.send("chat:send", { sessionId, text: "two" });
  const sentAt = performance.now();
  await rooms.startProcess();
  const answer = await socket.until("the answer", (told) => told.ref === ref);
  if (answer.type === "error") {
    // Only where the process took longer to come back than a command is tried for.
    expect(answer.problem, JSON.stringify(answer)).toMatchObject({ status: 503 });
    expect(performance.now() - sentAt).toBeGreaterThan(10_000);
    await waitFor(
      "the ack",
      async () => (await socket.ask("chat:send", { sessionId, text: "two" }, ref)).type === "ack",
    );
  }
  await heard(socket, "two");
  expect(socket.isOpen).toBe(true);
  expect(socket.texts()).toEqual(["one", "two"]);
  socket.end();
  await waitFor("nobody to be there", async () => (await rooms.peopleIn(sessionId)).count === 0);
});
