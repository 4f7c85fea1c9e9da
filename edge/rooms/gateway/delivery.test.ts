import { expect, test } from "vitest";
import type { Audience } from "../../protocol/internal-rooms.ts";
import { type Deliverable, deliver, deliverable, SessionBatch } from "./delivery.ts";

const all: Audience = { kind: "all" };
const staff: Audience = { kind: "staff" };
const only = (userId: string): Audience => ({ kind: "user", userId });
const event = (seq: number, audience: Audience): Deliverable =>
  deliverable("ses_a", { seq, audience, type: "chat:message", at: "2026-01-01T00:00:00Z", data: { n: seq } });

const viewer = { userId: "usr_v", staff: false };
const moderator = { userId: "usr_m", staff: true };
const anonymous = { userId: null, staff: false };

const told = (texts: readonly string[]) =>
  texts
    .map((text) => JSON.parse(text) as { type: string; seq: number })
    .map(({ type, seq }) => `${type} ${seq}`);

test("everyone hears what is for all, staff hears staff, a named user hears their own", () => {
  const events = [event(1, all), event(2, staff), event(3, only("usr_v"))];
  expect(told(deliver("ses_a", events, 0, viewer))).toEqual(["chat:message 1", "chat:message 3"]);
  expect(told(deliver("ses_a", events, 0, moderator))).toEqual([
    "chat:message 1",
    "chat:message 2",
    "session:seq 3",
  ]);
  expect(told(deliver("ses_a", events, 0, anonymous))).toEqual(["chat:message 1", "session:seq 3"]);
});

test("when everything is hidden, the resume point moves all the same", () => {
  expect(told(deliver("ses_a", [event(7, staff), event(8, staff)], 6, viewer))).toEqual(["session:seq 8"]);
});

test("what was told already is left out", () => {
  expect(told(deliver("ses_a", [event(1, all), event(2, all)], 1, viewer))).toEqual(["chat:message 2"]);
  expect(deliver("ses_a", [event(1, all)], 1, viewer)).toEqual([]);
});

test("those who get the same share one string", () => {
  const batch = new SessionBatch("ses_a", [event(5, all), event(6, staff)], []);
  const first = batch.partFor(viewer, 4);
  expect(batch.partFor(anonymous, 2)).toBe(first);
  expect(batch.partFor(moderator, 4)).not.toBe(first);
  expect(JSON.parse(first!.frame).map(({ seq }: { seq: number }) => seq)).toEqual([5, 6]);
});

test("a named user does not share with those who are not meant", () => {
  const batch = new SessionBatch("ses_a", [event(5, only("usr_v"))], []);
  expect(told([batch.partFor(viewer, 4)!.part])).toEqual(["chat:message 5"]);
  expect(told([batch.partFor({ userId: "usr_x", staff: false }, 4)!.part])).toEqual(["session:seq 5"]);
});

test("one who joined in the middle of a batch gets the rest of it, or nothing", () => {
  const batch = new SessionBatch("ses_a", [event(5, all), event(6, all)], []);
  expect(told([batch.partFor(viewer, 5)!.part])).toEqual(["chat:message 6"]);
  expect(batch.partFor(viewer, 6)).toBeNull();
});

test("totals follow the events, and can come alone", () => {
  const total = '{"type":"viewers:count","data":{}}';
  const frame = new SessionBatch("ses_a", [event(5, all)], [total]).partFor(viewer, 4)!.frame;
  expect(JSON.parse(frame).map(({ type }: { type: string }) => type)).toEqual([
    "chat:message",
    "viewers:count",
  ]);
  expect(new SessionBatch("ses_a", [], [total]).partFor(viewer, 4)!.frame).toBe(`[${total}]`);
});
