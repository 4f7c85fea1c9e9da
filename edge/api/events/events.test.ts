import { expect, test } from "vitest";
import {
  type DoorFacts,
  type EventFacts,
  type EventStanding,
  maySeeEvent,
  refusalToJoin,
} from "./event-access.ts";
import { slugOf } from "./event-slug.ts";
import { changeTimes, outsideOf, readTimes, shifted } from "./event-times.ts";

const nobody: EventStanding = { globalRole: null, memberRole: null, joined: false, banned: false };
const user: EventStanding = { ...nobody, globalRole: "attendee" };
const open: EventFacts = { status: "live", visibility: "public" };
const draft: EventFacts = { status: "draft", visibility: "public" };
const closed: EventFacts = { status: "live", visibility: "private" };

test.each<[string, EventFacts, EventStanding, boolean]>([
  ["anyone sees a public event", open, nobody, true],
  ["nobody sees a draft", draft, nobody, false],
  ["a user sees no draft", draft, user, false],
  ["a user sees no private event", closed, user, false],
  ["a global speaker sees no private event", closed, { ...user, globalRole: "speaker" }, false],
  ["someone who joined sees a private event", closed, { ...user, joined: true }, true],
  ["a speaker of the event sees it", closed, { ...user, memberRole: "speaker" }, true],
  ["a moderator sees everything", draft, { ...user, globalRole: "moderator" }, true],
  ["a moderator of the event sees its draft", draft, { ...user, memberRole: "moderator" }, true],
  ["who was banned sees what anyone sees", open, { ...user, joined: true, banned: true }, true],
  ["who was banned sees no private event", closed, { ...user, memberRole: "speaker", banned: true }, false],
])("%s", (_name, event, standing, expected) => {
  expect(maySeeEvent(event, standing)).toBe(expected);
});

const free = { needsCode: false, codeIsRight: false };
const wrong = { needsCode: true, codeIsRight: false };
const right = { needsCode: true, codeIsRight: true };
test.each<[EventFacts, EventStanding, DoorFacts, string | null]>([
  [open, user, free, null],
  [closed, user, free, "not-found"],
  [draft, user, right, "not-found"],
  [open, { ...user, banned: true }, free, "banned"],
  [closed, { ...user, banned: true }, right, "banned"],
  [{ ...open, status: "ended" }, user, free, "event-over"],
  [{ ...open, status: "cancelled" }, user, right, "event-over"],
  [open, user, wrong, "wrong-access-code"],
  [open, user, right, null],
  // The code is the key to a private event, for whoever has its address.
  [closed, user, wrong, "wrong-access-code"],
  [closed, user, right, null],
  [closed, { ...user, joined: true }, wrong, null],
  [closed, { ...user, memberRole: "speaker" }, wrong, null],
  [closed, { ...user, globalRole: "moderator" }, wrong, null],
])("joining %j as %j with %j: %s", (event, standing, door, refusal) => {
  expect(refusalToJoin(event, standing, door)).toBe(refusal);
});

test.each([
  ["Ünïversité d’été 2026!", "universite-d-ete-2026"],
  ["  ", "event"],
  ["日本語", "event"],
  ["a".repeat(100), "a".repeat(60)],
])("the slug of %j is %j", (title, slug) => {
  expect(slugOf(title)).toBe(slug);
});

test("an end before its start, a day that is none and a year long gone are refused by their field", () => {
  const pointers = (startsAt: string | null, endsAt: string | null) => {
    try {
      readTimes({ startsAt, endsAt });
    } catch (error) {
      return (error as { options: { errors: { pointer: string }[] } }).options.errors.map((e) => e.pointer);
    }
    return [];
  };
  expect(pointers("2026-05-02T10:00:00Z", "2026-05-02T09:59:59Z")).toEqual(["/endsAt"]);
  expect(pointers("2026-02-31T10:00:00Z", null)).toEqual(["/startsAt"]);
  expect(pointers(null, "0000-01-01T10:00:00Z")).toEqual(["/endsAt"]);
  expect(pointers("1969-12-31T23:59:59Z", null)).toEqual(["/startsAt"]);
  expect(pointers("2026-05-02T10:00:00Z", "2026-05-02T10:00:00Z")).toEqual(["/endsAt"]);
  expect(pointers("1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z")).toEqual([]);
});

const at = (hour: number) => new Date(Date.UTC(2026, 4, 2, hour));

test("times that are left out stay, null takes them away, and the two still have to agree", () => {
  const present = { startsAt: at(10), endsAt: at(12) };
  expect(changeTimes(present, {})).toEqual(present);
  expect(changeTimes(present, { endsAt: null })).toEqual({ startsAt: at(10), endsAt: null });
  expect(changeTimes(present, { startsAt: "2026-05-02T11:00:00Z" }).startsAt).toEqual(at(11));
  expect(() => changeTimes(present, { startsAt: "2026-05-02T13:00:00Z" })).toThrow();
});

test("a session lies within its event, as far as either has times", () => {
  const event = { startsAt: at(10), endsAt: at(12) };
  expect(outsideOf({ startsAt: at(10), endsAt: at(12) }, event)).toBeNull();
  expect(outsideOf({ startsAt: at(9), endsAt: at(11) }, event)).toBe("startsAt");
  expect(outsideOf({ startsAt: at(11), endsAt: at(13) }, event)).toBe("endsAt");
  expect(outsideOf({ startsAt: at(13), endsAt: null }, event)).toBe("startsAt");
  expect(outsideOf({ startsAt: null, endsAt: null }, event)).toBeNull();
  expect(outsideOf({ startsAt: at(1), endsAt: at(23) }, { startsAt: null, endsAt: null })).toBeNull();
});

test("shifting moves both ends by as much", () => {
  expect(shifted({ startsAt: at(10), endsAt: null }, 3_600_000)).toEqual({ startsAt: at(11), endsAt: null });
});
