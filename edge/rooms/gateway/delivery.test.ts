import { expect, test } from "vitest";
import type { Audience } from "../../protocol/internal-rooms.ts";
import { type Deliverable, deliver, deliverable, noSoftNews, SessionBatch } from "./delivery.ts";

const all: Audience = { kind: "all" };
const staff: Audience = { kind: "staff" };
const only = (userId: string): Audience => ({ kind: "user", userId });
const event = (seq: number, audience: Audience): Deliverable =>
  deliverable("ses_a", { seq, audience, type: "chat:message", at: "2026-01-01T00:00:00Z", data: { n: seq } });

const viewer = { userId: "usr_v", staff: false, team: false };
const moderator = { userId: "usr_m", staff: true, team: true };
const speaker = { userId: "usr_s", staff: false, team: true };
const anonymous = { userId: null, staff: false, team: false };
const none: ReadonlySet<string> = new Set();
const soft = (...texts: string[]) => ({ ...noSoftNews, texts });

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
  const batch = new SessionBatch("ses_a", [event(5, all), event(6, staff)], noSoftNews);
  const first = batch.partFor(viewer, 4, none);
  expect(batch.partFor(anonymous, 2, none)).toBe(first);
  expect(batch.partFor(moderator, 4, none)).not.toBe(first);
  expect(JSON.parse(first!.frame).map(({ seq }: { seq: number }) => seq)).toEqual([5, 6]);
});

test("a named user does not share with those who are not meant", () => {
  const batch = new SessionBatch("ses_a", [event(5, only("usr_v"))], noSoftNews);
  expect(told([batch.partFor(viewer, 4, none)!.part])).toEqual(["chat:message 5"]);
  expect(told([batch.partFor({ ...viewer, userId: "usr_x" }, 4, none)!.part])).toEqual(["session:seq 5"]);
});

test("one who joined in the middle of a batch gets the rest of it, or nothing", () => {
  const batch = new SessionBatch("ses_a", [event(5, all), event(6, all)], noSoftNews);
  expect(told([batch.partFor(viewer, 5, none)!.part])).toEqual(["chat:message 6"]);
  expect(batch.partFor(viewer, 6, none)).toBeNull();
});

test("totals follow the events, and can come alone", () => {
  const total = '{"type":"viewers:count","data":{}}';
  const frame = new SessionBatch("ses_a", [event(5, all)], soft(total)).partFor(viewer, 4, none)!.frame;
  expect(JSON.parse(frame).map(({ type }: { type: string }) => type)).toEqual([
    "chat:message",
    "viewers:count",
  ]);
  expect(new SessionBatch("ses_a", [], soft(total)).partFor(viewer, 4, none)!.frame).toBe(`[${total}]`);
});

test("the team hears what is for the team, and so does the person whom it names", () => {
  const events = [event(1, { kind: "team" }), event(2, { kind: "team", userId: "usr_v" }), event(3, staff)];
  expect(told(deliver("ses_a", events, 0, speaker))).toEqual([
    "chat:message 1",
    "chat:message 2",
    "session:seq 3",
  ]);
  expect(told(deliver("ses_a", events, 0, viewer))).toEqual(["chat:message 2", "session:seq 3"]);
});

test("who is named beside staff does not share with those who are not", () => {
  const batch = new SessionBatch("ses_a", [event(5, { kind: "staff", userId: "usr_v" })], noSoftNews);
  expect(told([batch.partFor({ ...viewer, userId: "usr_x" }, 4, none)!.part])).toEqual(["session:seq 5"]);
  expect(told([batch.partFor(viewer, 4, none)!.part])).toEqual(["chat:message 5"]);
  expect(told([batch.partFor(moderator, 4, none)!.part])).toEqual(["chat:message 5"]);
});

test("hidden totals are whole for the team and for who has voted in that poll", () => {
  const hidden = [
    { pollId: "pol_a", whole: '"a whole"', blank: '"a blank"' },
    { pollId: "pol_b", whole: '"b whole"', blank: '"b blank"' },
  ];
  const batch = new SessionBatch("ses_a", [], { ...noSoftNews, hidden });
  const heard = (who: typeof viewer, ...voted: string[]) =>
    JSON.parse(batch.partFor(who, 0, new Set(voted))!.frame);
  expect(heard(viewer)).toEqual(["a blank", "b blank"]);
  expect(heard(viewer, "pol_b")).toEqual(["a blank", "b whole"]);
  expect(heard({ ...viewer, userId: "usr_x" }, "pol_a", "pol_c")).toEqual(["a whole", "b blank"]);
  expect(heard(speaker)).toEqual(["a whole", "b whole"]);
  expect(batch.partFor(viewer, 0, none)).toBe(batch.partFor({ ...viewer, userId: "usr_x" }, 0, none));
});

test("who types hears of the others alone", () => {
  const typing = { others: '"Ada types"', forTypist: (id: string) => (id === "usr_v" ? '"nobody"' : null) };
  const batch = new SessionBatch("ses_a", [], { ...noSoftNews, typing });
  expect(batch.partFor(viewer, 0, none)!.frame).toBe('["nobody"]');
  expect(batch.partFor(anonymous, 0, none)!.frame).toBe('["Ada types"]');
});
