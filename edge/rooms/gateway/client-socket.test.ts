import { expect, test } from "vitest";
import type { Viewer } from "../../protocol/internal-rooms.ts";
import { ClientSocket } from "./client-socket.ts";

const viewer: Viewer = {
  viewerId: "usr_a",
  userId: "usr_a",
  name: "Ada",
  role: "attendee",
  loginId: "lgn_a",
  readOnly: false,
  expiresAt: "2030-01-01T00:00:00Z",
};
const open = () => new ClientSocket({ id: "c", send: () => {}, close: () => {} }, viewer, 0, () => {});
/** Everything that waits for nothing but promises has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("commands about one room run one after the other, those about another do not wait", async () => {
  const socket = open();
  const done: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  socket.inOrder("ses_a", "r1", async () => {
    await held;
    done.push("join");
  });
  socket.inOrder("ses_a", "r2", () => void done.push("chat"));
  socket.inOrder("ses_b", "r3", () => void done.push("other"));
  await settled();
  expect(done).toEqual(["other"]);
  release();
  await settled();
  expect(done).toEqual(["other", "join", "chat"]);
  expect(socket.busyRooms).toBe(0);
});

test("a command that fails is answered under its ref, and the next one runs", async () => {
  const socket = open();
  socket.inOrder("ses_a", "r1", () => {
    throw new Error("a secret detail");
  });
  socket.inOrder("ses_a", "r2", () => socket.ack("r2", "{}"));
  await settled();
  const [first, second] = socket.takeQueued().map((text) => JSON.parse(text));
  expect(first).toMatchObject({ type: "error", ref: "r1", problem: { status: 503 } });
  expect(JSON.stringify(first)).not.toContain("secret");
  expect(second).toEqual({ type: "ack", ref: "r2", data: {} });
});

test("nothing is queued for, or done by, a socket that is gone", async () => {
  const socket = open();
  socket.isOpen = false;
  let ran = false;
  socket.inOrder("ses_a", "r1", () => {
    ran = true;
  });
  await settled();
  socket.ack("r1", "{}");
  expect([ran, socket.takeQueued()]).toEqual([false, []]);
});
