import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import type { ClientFrame } from "../protocol/realtime.ts";
import { type ConnectionState, RealtimeClient } from "./realtime-client.ts";

const sessionId = "ses_1";
const message = (seq: number, text: string) => ({
  id: `msg_${seq}`,
  seq,
  sessionId,
  user: { id: "usr_1", name: "Ada", role: "attendee", avatarUrl: null },
  text,
  replyTo: null,
  pinned: false,
  createdAt: "2026-01-01T10:00:00Z",
});
const snapshot = { messages: [message(5, "before")], pinned: [], polls: [], questions: [] };
const mine = { votes: {}, upvotes: [] };

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

/** A server on a socket of its own; `answer` gets every frame with the number of its connection, from 1. */
async function serve(answer: (frame: ClientFrame, connection: number, socket: WebSocket) => void) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const heard: ClientFrame[] = [];
  let connections = 0;
  server.on("connection", (socket) => {
    const connection = ++connections;
    socket.on("message", (raw) => {
      const frame = JSON.parse(String(raw)) as ClientFrame;
      heard.push(frame);
      answer(frame, connection, socket);
    });
  });
  undo.push(() => {
    for (const socket of server.clients) socket.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
  return { url, heard, connections: () => connections };
}

function connect(url: string) {
  const states: ConnectionState[] = [];
  let tickets = 0;
  const client = new RealtimeClient({
    urls: [url],
    WebSocket,
    fetchTicket: async () => ({ ticket: `tkt_${++tickets}`, expiresInSeconds: 60, readOnly: false }),
    onConnection: (state) => states.push(state),
  });
  undo.push(() => client.close());
  const told: number[] = [];
  const session = client.session(sessionId);
  session.on("joined", ({ snapshot: fresh }) => told.push(...(fresh?.messages ?? []).map(({ seq }) => seq)));
  session.on("chat:message", ({ seq }) => told.push(seq));
  client.connect();
  return { client, session, states, told, tickets: () => tickets };
}

const say = (socket: WebSocket, ...elements: unknown[]) => socket.send(JSON.stringify(elements));

test("a line whose answer was lost is said again under its ref, and what was missed is asked for", async () => {
  const server = await serve((frame, connection, socket) => {
    if (frame.type === "session:join" && connection === 1) {
      say(socket, { type: "ack", ref: frame.ref, data: { seq: 5, snapshot, mine } });
    } else if (frame.type === "session:join") {
      const missed = { type: "chat:message", sessionId, seq: 6, data: message(6, "missed") };
      say(socket, { type: "ack", ref: frame.ref, data: { seq: 5, mine } }, missed, missed);
    } else if (frame.type === "chat:send" && connection === 1) socket.terminate();
    else if (frame.type === "chat:send")
      say(socket, { type: "ack", ref: frame.ref, data: message(7, "hello") });
  });
  const { session, told, tickets } = connect(server.url);
  await expect(session.sendChat("hello", { ref: "ref-1" })).resolves.toMatchObject({ id: "msg_7" });
  const lines = server.heard.filter((frame) => frame.type === "chat:send");
  expect(lines.map(({ ref }) => ref)).toEqual(["ref-1", "ref-1"]);
  const joins = server.heard.filter((frame) => frame.type === "session:join");
  expect(joins.map(({ data }) => data.after)).toEqual([undefined, 5]);
  expect(told).toEqual([5, 6]);
  expect(tickets(), "a ticket for each connection").toBe(2);
});

test("a refusal reaches the one who asked, with its problem", async () => {
  const problem = {
    type: "/problems/too-many-requests",
    title: "Too many",
    status: 429,
    retryAfterSeconds: 3,
  };
  const server = await serve((frame, _, socket) => {
    if (frame.type === "session:join")
      say(socket, { type: "ack", ref: frame.ref, data: { seq: 5, snapshot, mine } });
    else if (frame.type === "chat:send") say(socket, { type: "error", ref: frame.ref, problem });
  });
  const { session } = connect(server.url);
  await expect(session.sendChat("hello")).rejects.toMatchObject({ problem });
});

test.each([
  [4401, "credentials-ended"],
  [4403, "banned"],
])("after %i it does not come back, and says why", async (code, reason) => {
  const server = await serve((_, __, socket) => socket.close(code));
  const { session, states } = connect(server.url);
  await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ status: "ended", reason }), 40_000);
  await expect(session.sendChat("hello")).rejects.toMatchObject({ problem: { status: 503 } });
  expect(server.connections()).toBe(1);
});

test("a server that is restarting is come back to", async () => {
  const server = await serve((frame, connection, socket) => {
    if (connection === 1) socket.close(1012);
    else if (frame.type === "session:join") {
      say(socket, { type: "ack", ref: frame.ref, data: { seq: 5, snapshot, mine } });
    }
  });
  const { told } = connect(server.url);
  await vi.waitFor(() => expect(told).toEqual([5]), { timeout: 40_000, interval: 50 });
});

test("connecting anew, as somebody else perhaps, starts from a snapshot", async () => {
  const server = await serve((frame, _, socket) => {
    if (frame.type === "session:join")
      say(socket, { type: "ack", ref: frame.ref, data: { seq: 5, snapshot, mine } });
  });
  const { client, session, told } = connect(server.url);
  await session.joined();
  client.connect();
  await vi.waitFor(() => expect(told).toEqual([5, 5]), 40_000);
  const joins = server.heard.filter((frame) => frame.type === "session:join");
  expect(joins.map(({ data }) => data.after)).toEqual([undefined, undefined]);
});
