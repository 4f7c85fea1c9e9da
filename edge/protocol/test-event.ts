import type { Event } from "./events.ts";

/** A public event, as bare as one can be. */
export function testEvent(more: Partial<Event> = {}): Event {
  return {
    id: "evt_a",
    slug: "a",
    title: "An event",
    description: "",
    timeZone: "UTC",
    startsAt: null,
    endsAt: null,
    status: "live",
    visibility: "public",
    maxAttendees: null,
    attendeeCount: 0,
    hasAccessCode: false,
    branding: {
      primaryColor: null,
      accentColor: null,
      primaryTextColor: null,
      accentTextColor: null,
      logoUrl: null,
      bannerUrl: null,
    },
    sessions: [],
    ...more,
  };
}
