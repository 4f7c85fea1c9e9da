import ICAL from "ical.js";
import { expect, test } from "vitest";
import { type CalendarEntry, calendarEntries, renderCalendar, type SessionRow } from "./calendar.ts";
import type { EventRow } from "./events-queries.ts";

const at = (hour: number) => new Date(Date.UTC(2031, 4, 2, hour));
const event = {
  id: "evt_a",
  title: "Launch",
  description: "",
  startsAt: at(8),
  endsAt: at(18),
  status: "scheduled",
  updatedAt: at(1),
  calendarSequence: 3,
} as EventRow;
const session = {
  id: "ses_a",
  title: "Keynote",
  startsAt: at(9),
  endsAt: at(10),
  status: "scheduled",
  updatedAt: at(2),
  calendarSequence: 0,
} as SessionRow;

function parse(text: string): ICAL.Event[] {
  const component = new ICAL.Component(ICAL.parse(text));
  expect(component.getFirstPropertyValue("version")).toBe("2.0");
  return component.getAllSubcomponents("vevent").map((found) => new ICAL.Event(found));
}
const statuses = (entries: CalendarEntry[]) =>
  parse(renderCalendar("x", entries)).map(({ component }) => component.getFirstPropertyValue("status"));

test("an event and its sessions are entries with lasting ids, in UTC", () => {
  const [whole, part] = parse(renderCalendar("Launch", calendarEntries(event, [session])));
  expect(whole).toMatchObject({ uid: "evt_a@rostrum", summary: "Launch", sequence: 3 });
  expect(part).toMatchObject({ uid: "ses_a@rostrum", summary: "Keynote (Launch)", sequence: 0 });
  expect(whole!.startDate.toString()).toBe("2031-05-02T08:00:00Z");
  expect(whole!.endDate.toString()).toBe("2031-05-02T18:00:00Z");
  expect(part!.component.getFirstPropertyValue("dtstamp")?.toString()).toBe("2031-05-02T02:00:00Z");
});

test("the calendar has a name, whatever stands in it", () => {
  const calendar = new ICAL.Component(ICAL.parse(renderCalendar("a;b, c \\ d\r\nX-EVIL:1", [])));
  expect(calendar.getFirstPropertyValue("x-wr-calname")).toBe("a\\;b\\, c \\\\ d X-EVIL:1");
  expect(calendar.getFirstPropertyValue("x-evil")).toBeNull();
});

test("what has no time has no entry, and what has no end says none", () => {
  expect(calendarEntries({ ...event, startsAt: null }, [{ ...session, startsAt: null }])).toEqual([]);
  const text = renderCalendar(
    "x",
    calendarEntries({ ...event, endsAt: null }, [{ ...session, endsAt: at(9) }]),
  );
  expect(text).not.toContain("DTEND");
  expect(parse(text)).toHaveLength(2);
});

test("a cancelled session stands cancelled, and all of them with their event", () => {
  expect(statuses(calendarEntries(event, [{ ...session, status: "cancelled" }]))).toEqual([
    "CONFIRMED",
    "CANCELLED",
  ]);
  expect(statuses(calendarEntries({ ...event, status: "cancelled" }, [session]))).toEqual([
    "CANCELLED",
    "CANCELLED",
  ]);
  expect(statuses(calendarEntries({ ...event, status: "draft" }, [session]))).toEqual([
    "TENTATIVE",
    "TENTATIVE",
  ]);
});

test.each([
  "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil",
  "a\rEND:VCALENDAR",
  "semi;colon, comma \\ backslash \\n",
  'quotes " and : colons',
  "ü".repeat(300),
  "👩‍👩‍👧‍👦".repeat(60),
  "right\u200fto\u202eleft",
  "line\u2028separator",
  "bell\u0007 and escape\u001b",
])("no text breaks out of its line or is torn by folding (%#)", (text) => {
  const entry = { ...calendarEntries({ ...event, title: text, description: text }, [])[0]! };
  const rendered = renderCalendar(text, [entry]);
  const expected = text
    .replace(/\r\n?|\u2028/g, "\n")
    .replaceAll("\u0007", "")
    .replaceAll("\u001b", "");
  const [only, ...more] = parse(rendered);
  expect(more).toEqual([]);
  expect(only).toMatchObject({ uid: "evt_a@rostrum", summary: expected, description: expected });
  for (const line of rendered.split("\r\n"))
    expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  expect(rendered.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
});
