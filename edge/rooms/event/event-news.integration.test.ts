/** What organisers do through the API is heard in the event's room at once. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "../../api/streams/test-client.ts";
import { type Person, TestRooms } from "../test-rooms.ts";

let rooms: TestRooms;
let admin: Person;
beforeAll(async () => {
  ({ rooms, admin } = await TestRooms.startReached());
});
afterAll(() => rooms.stop());

test("announcements and changes of the event and its sessions reach everyone in it", async () => {
  const { eventId, sessionId, persons } = await rooms.scene(1);
  const socket = await rooms.connect(persons[0]!);
  const ref = socket.send("event:join", { eventId });
  await socket.until("the ack", (message) => message.type === "ack" && message.ref === ref);
  const ask = (method: string, path: string, status: number, body: unknown) =>
    call(rooms.api, method, path, status, { token: admin.token, body });

  const said = await ask("POST", `/api/events/${eventId}/announcements`, 201, {
    text: "Doors open at nine.",
  });
  const announcement = await socket.until("the announcement", ({ type }) => type === "announcement");
  expect(announcement).toEqual({ type: "announcement", eventId, data: said.body });

  const changed = await ask("PUT", `/api/sessions/${sessionId}`, 200, { title: "Closing" });
  const updated = await socket.until("the session", ({ type }) => type === "session:updated");
  expect(updated).toEqual({ type: "session:updated", eventId, data: changed.body });

  const renamed = await ask("PUT", `/api/events/${eventId}`, 200, { title: "Renamed" });
  await socket.until(
    "the event",
    (message) => message.type === "event:updated" && JSON.stringify(message.data) === renamed.text,
  );
  socket.end();
});
