/** What everyone in an event hears, and how many they are. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../../../testing/support/wait-for.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { type Person, TestRooms } from "../test-rooms.ts";
import type { TestSocket } from "../test-socket.ts";

let rooms: TestRooms;
beforeAll(async () => {
  rooms = await TestRooms.start();
});
afterAll(() => rooms.stop());

async function joinEvent(person: Person, eventId: string): Promise<TestSocket> {
  const socket = await rooms.connect(person);
  await socket.acked("event:join", { eventId });
  return socket;
}

const setStatus = (streamId: string, status: "live" | "ended") =>
  rooms.api.deps.db.update(streams).set({ status, startedAt: new Date() }).where(eq(streams.id, streamId));
const statuses = (socket: TestSocket) =>
  socket.told.flatMap(({ type, data }) => (type === "stream:status" ? [data.status] : []));
const isStatus = (status: string) => (told: { type: string; data?: { status?: string } }) =>
  told.type === "stream:status" && told.data?.status === status;
const isCount = (scope: Record<string, string>, count: number, peak: number) => {
  const wanted = JSON.stringify({ ...scope, count, peak });
  return (told: { type: string; data?: unknown }) =>
    told.type === "viewers:count" && JSON.stringify(told.data) === wanted;
};

// Side by side: each has an event of its own, and waits for the room to read it again.
test.concurrent("a join answers the event and what its streams are doing", async () => {
  const { eventId, sessionId, stream, persons } = await rooms.scene(1);
  const socket = await rooms.connect(persons[0]!);
  const state = await socket.acked("event:join", { eventId });
  expect(state.event).toMatchObject({ id: eventId, sessions: [{ id: sessionId }] });
  expect(state.streams).toMatchObject([{ streamId: stream.id, sessionId, status: "idle" }]);
  socket.end();
});

test.concurrent("a newcomer is told the present state, however recently it changed", async () => {
  const { eventId, stream, persons } = await rooms.scene(2);
  const first = await joinEvent(persons[0]!, eventId);
  await setStatus(stream.id, "live");
  const second = await rooms.connect(persons[1]!);
  expect((await second.acked("event:join", { eventId })).streams).toMatchObject([{ status: "live" }]);
  // The read for the newcomer was news for the first.
  await first.until("stream:status live", isStatus("live"));
  first.end();
  second.end();
});

test.concurrent("what the API publishes is heard at once, and not again when the state is read", async () => {
  const { eventId, sessionId, stream, persons } = await rooms.scene(2);
  const socket = await joinEvent(persons[0]!, eventId);
  await setStatus(stream.id, "live");
  const [row] = await rooms.api.deps.db.select().from(streams).where(eq(streams.id, stream.id));
  const data = {
    streamId: stream.id,
    sessionId,
    status: "live",
    playbackId: stream.playbackId,
    startedAt: row!.startedAt!.toISOString(),
  };
  const messages = [{ type: "stream:status", data }];
  expect((await rooms.tell(`/parties/event/${eventId}/publish`, { messages })).status).toBe(204);
  const told = await socket.until("stream:status", isStatus("live"));
  expect(told).toEqual({ type: "stream:status", eventId, data });
  // The room reads the state anew for whoever comes, and its answer to them follows upon what that was news of.
  const newcomer = await joinEvent(persons[1]!, eventId);
  await rooms.tell(`/parties/event/${eventId}/publish`, { messages: [{ type: "announcement", data: {} }] });
  await socket.until("the announcement", ({ type }) => type === "announcement");
  expect(statuses(socket)).toEqual(["live"]);
  socket.end();
  newcomer.end();
});

test.concurrent("a change whose publish was lost is heard all the same", async () => {
  const { eventId, stream, persons } = await rooms.scene(1);
  const socket = await joinEvent(persons[0]!, eventId);
  await setStatus(stream.id, "live");
  await socket.until("stream:status live", isStatus("live"));
  expect(statuses(socket)).toEqual(["live"]);
  socket.end();
});

test.concurrent("who has left the event hears no more of it", async () => {
  const { eventId, persons } = await rooms.scene(2);
  const [stays, leaves] = await Promise.all(persons.map((person) => joinEvent(person, eventId)));
  await leaves!.acked("event:leave", { eventId });
  const messages = [{ type: "announcement", data: { text: "Lunch" } }];
  await rooms.tell(`/parties/event/${eventId}/publish`, { messages });
  await stays!.until("the announcement", ({ type }) => type === "announcement");
  expect(leaves!.told.some(({ type }) => type === "announcement")).toBe(false);
  stays!.end();
  leaves!.end();
});

test.concurrent("viewers are people: two sockets of one are one, and the peak stays", async () => {
  const { sessionId, persons } = await rooms.scene(2);
  const [one, other] = persons;
  const scope = { sessionId };
  const first = await rooms.connect(one!);
  await first.acked("session:join", { sessionId });
  await first.until("one viewer", isCount(scope, 1, 1));
  const twin = await rooms.connect(one!);
  await twin.acked("session:join", { sessionId });
  const second = await rooms.connect(other!);
  await second.acked("session:join", { sessionId });
  await first.until("two viewers", isCount(scope, 2, 2));
  twin.end();
  second.vanish();
  await first.until("one viewer, of two at most", isCount(scope, 1, 2));
  expect(first.told.some(isCount(scope, 3, 3))).toBe(false);
  first.end();
  await waitFor(
    "the API to hear of none",
    async () => {
      const [row] = await rooms.api.deps.db.select().from(streams).where(eq(streams.sessionId, sessionId));
      return row?.viewers === 0 && row.peakViewers === 2;
    },
    { timeoutSeconds: 40 },
  );
});

test.concurrent("an event counts its people too, and a newcomer hears the count without a change", async () => {
  const { eventId, persons } = await rooms.scene(1);
  const first = await joinEvent(persons[0]!, eventId);
  await first.until("one viewer", isCount({ eventId }, 1, 1));
  const twin = await joinEvent(persons[0]!, eventId);
  await twin.until("one viewer", isCount({ eventId }, 1, 1));
  first.end();
  twin.end();
});
