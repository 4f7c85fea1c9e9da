import { expect, test } from "vitest";
import type { EventStanding } from "../events/event-access.ts";
import { effectiveRole, maySeeStream } from "./stream-access.ts";

const stranger: EventStanding = { globalRole: null, memberRole: null, joined: false, banned: false };
const attendee: EventStanding = { ...stranger, globalRole: "attendee" };

test("a stream is seen like the event of its session", () => {
  const open = { status: "live", visibility: "public" } as const;
  const closed = { status: "live", visibility: "private" } as const;
  expect(maySeeStream(open, stranger)).toBe(true);
  expect(maySeeStream(closed, attendee)).toBe(false);
  expect(maySeeStream(closed, { ...attendee, joined: true })).toBe(true);
});

test("a stream without a session is for admins and moderators only", () => {
  expect(maySeeStream(null, stranger)).toBe(false);
  expect(maySeeStream(null, { ...attendee, memberRole: "moderator", joined: true })).toBe(false);
  expect(maySeeStream(null, { ...stranger, globalRole: "speaker" })).toBe(false);
  expect(maySeeStream(null, { ...stranger, globalRole: "moderator" })).toBe(true);
  expect(maySeeStream(null, { ...stranger, globalRole: "admin" })).toBe(true);
});

test("the higher of two roles counts", () => {
  expect(effectiveRole("attendee", "moderator")).toBe("moderator");
  expect(effectiveRole("admin", "speaker")).toBe("admin");
  expect(effectiveRole("speaker", null)).toBe("speaker");
});
