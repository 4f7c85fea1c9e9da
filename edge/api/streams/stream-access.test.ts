import { expect, test } from "vitest";
import { effectiveRole, isMember, isStaff, maySee, type Standing, stranger } from "./stream-access.ts";

const attendee: Standing = { ...stranger, role: "attendee" };
const open = { status: "scheduled", visibility: "public" } as const;
const closed = { status: "live", visibility: "private" } as const;
const draft = { status: "draft", visibility: "public" } as const;

test("anyone may see a public event that is no draft", () => {
  for (const status of ["scheduled", "live", "ended", "cancelled"] as const) {
    expect(maySee(stranger, { status, visibility: "public" })).toBe(true);
  }
});

test("a private event and a draft are for members and staff", () => {
  for (const event of [closed, draft]) {
    expect(maySee(stranger, event)).toBe(false);
    expect(maySee(attendee, event)).toBe(false);
    expect(maySee({ ...attendee, joined: true }, event)).toBe(true);
    expect(maySee({ ...attendee, eventRole: "speaker" }, event)).toBe(true);
    expect(maySee({ ...attendee, eventRole: "moderator" }, event)).toBe(true);
    expect(maySee({ ...stranger, role: "moderator" }, event)).toBe(true);
    expect(maySee({ ...stranger, role: "admin" }, event)).toBe(true);
    expect(maySee({ ...stranger, role: "speaker" }, event)).toBe(false);
  }
});

test("a ban takes the seat, but not what anyone may see", () => {
  const banned = { ...attendee, joined: true, banned: true };
  expect(isMember(banned)).toBe(false);
  expect(maySee(banned, closed)).toBe(false);
  expect(maySee(banned, open)).toBe(true);
});

test("a stream without a session is for admins and moderators only", () => {
  expect(maySee(stranger, null)).toBe(false);
  expect(maySee({ ...attendee, eventRole: "moderator" }, null)).toBe(false);
  expect(maySee({ ...stranger, role: "speaker" }, null)).toBe(false);
  expect(maySee({ ...stranger, role: "moderator" }, null)).toBe(true);
});

test("a speaker is not staff", () => {
  expect(isStaff({ ...stranger, role: "speaker", eventRole: "speaker" })).toBe(false);
});

test("the higher of two roles counts", () => {
  expect(effectiveRole("attendee", "moderator")).toBe("moderator");
  expect(effectiveRole("admin", "speaker")).toBe("admin");
  expect(effectiveRole("speaker", null)).toBe("speaker");
});
