import { expect, test } from "vitest";
import type { UpdateEventRequest } from "../../protocol/events.ts";
import { planEventChange } from "./event-change.ts";
import type { EventRow } from "./events-queries.ts";
import { planSessionTimes } from "./move-sessions.ts";

const at = (hour: number) => new Date(Date.UTC(2031, 4, 2, hour));
const row = {
  title: "Launch",
  status: "live",
  visibility: "public",
  startsAt: at(8),
  endsAt: at(18),
  maxAttendees: 10,
  accessCodeHash: null,
} as EventRow;
const plan = (change: Partial<UpdateEventRequest>, from: Partial<EventRow> = {}, code?: string | null) =>
  planEventChange({ ...row, ...from }, { shiftSessions: false, ...change }, code);

test("asking for what is there changes nothing", () => {
  const same = plan(
    { title: "Launch", status: "live", startsAt: "2031-05-02T08:00:00Z", maxAttendees: 10 },
    {},
    null,
  );
  expect(same).toEqual({
    set: {},
    times: null,
    ends: false,
    isOver: false,
    hides: false,
    renewsSessionEntries: false,
    freesSeats: false,
  });
});

test.each<[string, Partial<UpdateEventRequest>, Partial<EventRow>, Partial<ReturnType<typeof plan>>]>([
  ["ending ends what is live in it", { status: "ended" }, {}, { ends: true, isOver: true }],
  [
    "cancelling renews the sessions' entries",
    { status: "cancelled" },
    {},
    { isOver: true, renewsSessionEntries: true, ends: false },
  ],
  [
    "planning a cancelled one again does, too",
    { status: "scheduled" },
    { status: "cancelled" },
    { renewsSessionEntries: true, freesSeats: true },
  ],
  ["reopening seats who waits", { status: "live" }, { status: "ended" }, { freesSeats: true, isOver: false }],
  ["another title stands in the sessions' entries", { title: "New" }, {}, { renewsSessionEntries: true }],
  ["more seats seat who waits", { maxAttendees: 20 }, {}, { freesSeats: true }],
  ["a private event is hidden", { visibility: "private" }, {}, { hides: true }],
  ["a draft is hidden", { status: "draft" }, { status: "scheduled" }, { hides: true }],
  ["what was hidden is not hidden again", { visibility: "private" }, { status: "draft" }, { hides: false }],
  ["opening hides nothing", { visibility: "public" }, { visibility: "private" }, { hides: false }],
])("%s", (_name, change, from, expected) => {
  expect(plan(change, from)).toMatchObject(expected);
});

test("a move that is not allowed says which are", () => {
  expect(() => plan({ status: "draft" })).toThrow(
    expect.objectContaining({
      code: "illegal-move",
      options: { detail: "An event that is live can become ended or cancelled." },
    }),
  );
});

test("sessions move as far as the event's start does, and no farther than time goes", () => {
  const session = { id: "ses_a", startsAt: at(9), endsAt: at(10) };
  const later = { startsAt: at(11), endsAt: at(21) };
  expect(planSessionTimes([session], row, later, true)).toEqual([
    { id: "ses_a", startsAt: at(12), endsAt: at(13) },
  ]);
  expect(() => planSessionTimes([session], row, later, false)).toThrow(
    expect.objectContaining({ code: "sessions-outside" }),
  );
  expect(planSessionTimes([session], row, { startsAt: at(9), endsAt: at(10) }, false)).toEqual([]);
  const last = { startsAt: new Date("9999-12-31T23:00:00Z"), endsAt: null };
  expect(() => planSessionTimes([session], row, last, true)).toThrow();
});
