import { expect, test } from "vitest";
import { parseServerFrame } from "./server-frame.ts";

test("one element that is not understood does not cost its neighbours", () => {
  const frame = JSON.stringify([{ type: "pong" }, 7, { type: "ack" }, { type: "ack", ref: "r", data: 1 }]);
  expect(parseServerFrame(frame)).toEqual([
    { kind: "message", message: { type: "pong" } },
    { kind: "message", message: { type: "ack", ref: "r", data: 1 } },
  ]);
});

test("a log event of a newer server still moves the resume point", () => {
  const frame = JSON.stringify([{ type: "poll:later", sessionId: "ses_1", seq: 8, data: {} }]);
  expect(parseServerFrame(frame)).toEqual([{ kind: "newer", sessionId: "ses_1", seq: 8 }]);
});

test.each([["not json"], ["{}"], [new ArrayBuffer(2)], [undefined]])("%s is no frame", (frame) => {
  expect(parseServerFrame(frame)).toEqual([]);
});
