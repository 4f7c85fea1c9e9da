import type { OperationId } from "../authorisation/operations.ts";

/** A body for each operation that takes JSON, as the documentation shows it; tests send them too. */
export const requestExamples: Partial<Record<OperationId, object>> = {
  registerUser: { email: "ada@example.org", password: "correct horse battery", name: "Ada" },
  logIn: { email: "ada@example.org", password: "correct horse battery", deviceName: "Ada's phone" },
  changePassword: { current: "correct horse battery", next: "staple of another kind" },
  requestPasswordReset: { email: "ada@example.org" },
  resetPassword: { token: "token-from-the-mail", next: "staple of another kind" },
  updateUser: { name: "Ada Lovelace", avatarUrl: "https://example.org/ada.png" },
  changeUserRole: { role: "moderator" },
  importUsers: { users: [{ email: "grace@example.org", name: "Grace", role: "attendee" }] },
  createEvent: {
    title: "Spring conference",
    description: "Two days of talks.",
    timeZone: "Europe/Berlin",
    startsAt: "2027-04-01T07:00:00Z",
    endsAt: "2027-04-02T16:00:00Z",
    visibility: "private",
    maxAttendees: 500,
    accessCode: "spring-27",
    branding: { primaryColor: "#1a2b3c", accentColor: "#ffcc00" },
  },
  updateEvent: { title: "Spring conference 2027", maxAttendees: 600 },
  createSession: { title: "Opening keynote", chatEnabled: true, slowModeSeconds: 5 },
  updateSession: { title: "Keynote", questionsModerated: true },
  joinEvent: { accessCode: "spring-27", waitlist: true },
  setMember: { role: "speaker" },
  announce: { text: "The next session begins in five minutes." },
  createStream: { title: "Main stage", latencyMode: "low", record: true, rewindSeconds: 3600 },
  updateStream: { title: "Main stage", reconnectWindowSeconds: 60, rewindSeconds: 7200 },
};
