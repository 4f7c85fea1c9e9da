import { expect, test } from "vitest";
import { type EventFacts, type EventStanding, maySeeEvent, refusalToJoin } from "./event-access.ts";
import { slugOf } from "./event-slug.ts";
import { readTimes } from "./event-times.ts";

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
])("%s", (_name, event, standing, expected) => {
  expect(maySeeEvent(event, standing)).toBe(expected);
});

test.each<[EventFacts, EventStanding, string | null]>([
  [open, user, null],
  [closed, user, "not-found"],
  [open, { ...user, banned: true }, "banned"],
  [{ ...open, status: "ended" }, user, "event-over"],
  [{ ...open, status: "cancelled" }, user, "event-over"],
])("joining %j as %j: %s", (event, standing, refusal) => {
  expect(refusalToJoin(event, standing)).toBe(refusal);
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
  expect(pointers("2026-05-02T10:00:00Z", "2026-05-02T10:00:00Z")).toEqual([]);
});
