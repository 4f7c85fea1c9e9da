import type { AccessRule } from "./access-rule.ts";

/** Events with their sessions, seats, people and calendars. */
export const eventsOperations = {
  listEvents: { who: "whoever-sees", subject: "none" },
  createEvent: { who: "admin", subject: "none" },
  getEvent: { who: "whoever-sees", subject: "event" },
  updateEvent: { who: "admin", subject: "event" },
  deleteEvent: { who: "admin", subject: "event" },
  uploadEventLogo: { who: "admin", subject: "event" },
  removeEventLogo: { who: "admin", subject: "event" },
  // Its address holds a hash that nobody guesses: an image is fetched without credentials.
  getEventLogo: { who: "anyone", subject: "none" },
  createSession: { who: "admin", subject: "event" },
  getSession: { who: "whoever-sees", subject: "session" },
  updateSession: { who: "admin", subject: "session" },
  deleteSession: { who: "admin", subject: "session" },
  // A private event is joined by its access code, by people who cannot see it yet.
  joinEvent: { who: "signed-in", subject: "event", refusesBanned: true, admitsUnseen: true },
  leaveEvent: { who: "signed-in", subject: "event" },
  listWaitlist: { who: "staff", subject: "event" },
  exportEvent: { who: "staff", subject: "event" },
  listAttendees: { who: "staff", subject: "event" },
  listMembers: { who: "staff", subject: "event" },
  setMember: { who: "admin", subject: "event" },
  removeMember: { who: "admin", subject: "event" },
  listBans: { who: "staff", subject: "event" },
  banUser: { who: "staff", subject: "event" },
  unbanUser: { who: "staff", subject: "event" },
  listAnnouncements: { who: "whoever-sees", subject: "event" },
  announce: { who: "staff", subject: "event" },
  getEventAnalytics: { who: "staff", subject: "event" },
  getEventCalendar: { who: "whoever-sees", subject: "event" },
  getCalendar: { who: "whoever-sees", subject: "none" },
} satisfies Record<string, AccessRule>;
