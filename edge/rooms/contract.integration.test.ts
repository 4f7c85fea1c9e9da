/** Every frame a client may send, and every message a server may say, through real sockets and as their schemas have it. */
import { eq } from "drizzle-orm";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "../api/streams/test-client.ts";
import { streams } from "../db/schema/streams-tables.ts";
import { ClientFrame, ServerMessage } from "../protocol/realtime.ts";
import { type Person, TestRooms } from "./test-rooms.ts";
import type { TestSocket, Told } from "./test-socket.ts";

const clientTypes = ClientFrame.options.map(({ entries }) => entries.type.literal);
const serverTypes = ServerMessage.options.map(({ entries }) => entries.type.literal);

let rooms: TestRooms;
let admin: Person;
beforeAll(async () => {
  ({ rooms, admin } = await TestRooms.startReached("Grace"));
});
afterAll(() => rooms.stop());

/** The admin's own call. */
const ask = async (method: string, path: string, status: number, body?: unknown) =>
  (
    await call(rooms.api, method, path, status, {
      token: admin.token,
      ...(body === undefined ? {} : { body }),
    })
  ).body;
const next = (socket: TestSocket, type: string, isIt: (told: Told) => boolean = () => true) =>
  socket.until(type, (told) => told.type === type && isIt(told));

test("each type of the contract is sent, said, and has the shape of its schema", {
  timeout: 180_000,
}, async () => {
  const { eventId, sessionId, stream, persons } = await rooms.scene(2);
  const sockets = await Promise.all([admin, ...persons].map((person) => rooms.connect(person)));
  const [staff, ada, bob] = sockets as [TestSocket, TestSocket, TestSocket];
  const sent = new Set<string>();
  const say = (socket: TestSocket, type: (typeof clientTypes)[number], data: Record<string, unknown>) => {
    sent.add(type);
    return socket.acked(type, data);
  };
  const inSession = (socket: TestSocket, type: (typeof clientTypes)[number], data = {}) =>
    say(socket, type, { sessionId, ...data });
  for (const socket of sockets) {
    await say(socket, "event:join", { eventId });
    await inSession(socket, "session:join");
  }
  await next(bob, "viewers:count", ({ data }) => data.sessionId === sessionId && data.count === 3);

  const { id: messageId } = await inSession(ada, "chat:send", { text: "Good morning" });
  await next(bob, "chat:message", ({ data }) => data.id === messageId);
  await ask("PATCH", `/api/chat/${messageId}/pin`, 200, { pinned: true });
  await next(bob, "chat:pinned");
  await ask("PATCH", `/api/sessions/${sessionId}/moderation`, 200, {
    blockedWords: ["heron"],
    blockedWordsAction: "hold",
    askersVisibleToStaff: true,
  });
  const held = await inSession(ada, "chat:send", { text: "A heron!" });
  await next(staff, "chat:held", ({ data }) => data.id === held.id);
  await next(bob, "session:seq");
  const mute = { userId: persons[1]!.userId, seconds: 60, shadow: true };
  await ask("POST", `/api/chat/session/${sessionId}/mutes`, 201, mute);
  await next(staff, "chat:muted");
  await inSession(bob, "chat:send", { text: "Does anyone hear me?" });
  await next(staff, "chat:shadowed");
  await ask("DELETE", `/api/chat/${messageId}`, 204);
  await next(bob, "chat:deleted");
  await ask("POST", `/api/chat/session/${sessionId}/clear`, 204, {});
  await next(bob, "chat:cleared");

  await inSession(ada, "chat:typing");
  await next(bob, "chat:typing");
  await inSession(ada, "reaction:send", { emoji: "🎉" });
  await next(bob, "reaction:burst");
  await inSession(ada, "watch:state", { playing: true, latencySeconds: 2.5 });

  const question = await inSession(ada, "question:ask", { text: "Why?", anonymous: true });
  await next(bob, "question:new");
  await next(staff, "question:asker");
  await inSession(bob, "question:upvote", { questionId: question.id });
  await next(ada, "question:upvote", ({ data }) => data.upvotes === 1);
  await next(bob, "question:upvoted");
  await inSession(bob, "question:unvote", { questionId: question.id });
  await ask("PATCH", `/api/questions/${question.id}`, 200, { answering: true });
  await next(bob, "question:updated");

  const poll = await ask("POST", "/api/polls", 201, { sessionId, question: "Tea?", options: ["Yes", "No"] });
  await next(bob, "poll:new");
  await inSession(bob, "poll:vote", { pollId: poll.id, optionIds: [poll.options[0].id] });
  await next(ada, "poll:vote", ({ data }) => data.totalVotes === 1);
  await next(bob, "poll:voted");
  await ask("PATCH", `/api/polls/${poll.id}`, 200, { status: "closed" });
  await next(bob, "poll:updated");

  await ask("POST", `/api/events/${eventId}/announcements`, 201, { text: "Lunch is ready." });
  await next(bob, "announcement");
  await ask("PUT", `/api/sessions/${sessionId}`, 200, { title: "Afternoon" });
  await next(bob, "session:updated");
  await ask("PUT", `/api/events/${eventId}`, 200, { title: "The second day" });
  await next(bob, "event:updated");
  await rooms.api.deps.db.update(streams).set({ status: "live" }).where(eq(streams.id, stream.id));
  await ask("POST", `/api/streams/${stream.id}/end`, 204);
  await next(bob, "stream:status");

  bob.sendRaw('{"type":"ping"}');
  sent.add("ping");
  await next(bob, "pong");
  bob.sendRaw('{"type":"chat:shout","ref":"x"}');
  await next(bob, "error");
  await inSession(bob, "session:leave");
  await say(bob, "event:leave", { eventId });

  const told = sockets.flatMap((socket) => socket.told);
  const misshapen = told.filter((message) => !v.is(ServerMessage, message));
  expect(misshapen.slice(0, 3)).toEqual([]);
  expect([...sent].sort()).toEqual([...clientTypes].sort());
  expect([...new Set(told.map(({ type }) => type))].sort()).toEqual([...serverTypes].sort());
  for (const socket of sockets) socket.end();
});
