import { expect, test } from "vitest";
import { readClientFrame } from "./client-frame.ts";

const chat = (text: unknown, ref: unknown = "r1") =>
  JSON.stringify({ type: "chat:send", ref, data: { sessionId: "ses_a", text } });

test("a ping and a command are read", () => {
  expect(readClientFrame('{"type":"ping"}')).toEqual({ kind: "ping" });
  expect(readClientFrame(chat("hello"))).toEqual({
    kind: "command",
    command: { type: "chat:send", ref: "r1", data: { sessionId: "ses_a", text: "hello" } },
  });
});

test.each([
  ["binary", new ArrayBuffer(2)],
  ["no JSON", "hello"],
  ["an empty frame", ""],
  ["an array", "[]"],
  ["a number", "7"],
  ["null", "null"],
  ["more than 16 KiB", chat("x".repeat(16 * 1024))],
  ["more than 16 KiB in bytes, though not in characters", chat("€".repeat(6000))],
  ["a megabyte", "x".repeat(1024 * 1024)],
])("%s is malformed", (_name, message) => {
  expect(readClientFrame(message).kind).toBe("malformed");
});

test.each([
  ["an unknown type", { type: "chat:shout", ref: "r1", data: {} }, "/type"],
  ["a type from the prototype", { type: "constructor", ref: "r1", data: {} }, "/type"],
  ["no type", { ref: "r1" }, "/type"],
  ["no data", { type: "event:join", ref: "r1" }, "/data"],
  ["an empty text", { type: "chat:send", ref: "r1", data: { sessionId: "ses_a", text: " " } }, "/data/text"],
  ["a wrong id", { type: "session:join", ref: "r1", data: { sessionId: "evt_a" } }, "/data/sessionId"],
  [
    "a negative point",
    { type: "session:join", ref: "r1", data: { sessionId: "ses_a", after: -1 } },
    "/data/after",
  ],
  [
    "a broken point",
    { type: "session:join", ref: "r1", data: { sessionId: "ses_a", after: 0.5 } },
    "/data/after",
  ],
])("%s is refused under its ref", (_name, frame, pointer) => {
  const read = readClientFrame(JSON.stringify(frame));
  expect(read).toMatchObject({ kind: "refused", ref: "r1", problem: { status: 422, errors: [{ pointer }] } });
});

test("a ref that cannot be repeated is answered with null", () => {
  expect(readClientFrame(chat("hello", "x".repeat(65)))).toMatchObject({ kind: "refused", ref: null });
  expect(readClientFrame(chat("hello", { a: 1 }))).toMatchObject({ kind: "refused", ref: null });
});

test("what was sent is not repeated in the refusal", () => {
  const secret = "hunter2hunter2";
  const frame = { type: "chat:send", ref: "r1", data: { sessionId: secret, text: secret.repeat(800) } };
  expect(JSON.stringify(readClientFrame(JSON.stringify(frame)))).not.toContain(secret);
});
