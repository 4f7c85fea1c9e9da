import { expect, test } from "vitest";
import { type AccessRule, refusal } from "./access-rule.ts";
import { describeAccess } from "./describe-access.ts";
import { type OperationId, operationIds, ruleOf } from "./operations.ts";

/**
 * The table as the contract has it, written out a second time: what nobody, an attendee, a member, a speaker and a
 * moderator of the event, and an admin meet before something they can see, or their own, and before what they cannot.
 */
const contract: Record<OperationId, string> = {
  getHealth: "ok ok ok ok ok ok",
  getOpenApiDocument: "ok ok ok ok ok ok",
  registerUser: "ok ok ok ok ok ok",
  logIn: "ok ok ok ok ok ok",
  requestPasswordReset: "ok ok ok ok ok ok",
  resetPassword: "ok ok ok ok ok ok",
  logOut: "401 ok ok ok ok ok",
  getMe: "401 ok ok ok ok ok",
  listLogins: "401 ok ok ok ok ok",
  changePassword: "401 ok ok ok ok ok",
  deleteOwnAccount: "401 ok ok ok ok ok",
  endLogin: "401 ok ok ok ok ok, 404",
  listUsers: "401 403 403 403 403 ok",
  importUsers: "401 403 403 403 403 ok",
  getUser: "401 ok ok ok ok ok, 404",
  updateUser: "401 ok ok ok ok ok, 404",
  deleteUser: "401 ok ok ok ok ok, 404",
  listUserActivity: "401 ok ok ok ok ok, 404",
  exportUserData: "401 ok ok ok ok ok, 404",
  changeUserRole: "401 403 403 403 403 ok, 404",
  listEvents: "ok ok ok ok ok ok",
  getCalendar: "ok ok ok ok ok ok",
  getEvent: "ok ok ok ok ok ok, 404",
  getSession: "ok ok ok ok ok ok, 404",
  getEventCalendar: "ok ok ok ok ok ok, 404",
  listAnnouncements: "ok ok ok ok ok ok, 404",
  getEventLogo: "ok ok ok ok ok ok",
  createEvent: "401 403 403 403 403 ok",
  updateEvent: "401 403 403 403 403 ok, 404",
  deleteEvent: "401 403 403 403 403 ok, 404",
  uploadEventLogo: "401 403 403 403 403 ok, 404",
  removeEventLogo: "401 403 403 403 403 ok, 404",
  createSession: "401 403 403 403 403 ok, 404",
  updateSession: "401 403 403 403 403 ok, 404",
  deleteSession: "401 403 403 403 403 ok, 404",
  joinEvent: "401 ok ok ok ok ok, depends",
  leaveEvent: "401 ok ok ok ok ok, 404",
  listAttendees: "401 403 403 403 ok ok, 404",
  exportEvent: "401 403 403 403 ok ok, 404",
  listWaitlist: "401 403 403 403 ok ok, 404",
  listMembers: "401 403 403 403 ok ok, 404",
  listBans: "401 403 403 403 ok ok, 404",
  getEventAnalytics: "401 403 403 403 ok ok, 404",
  banUser: "401 403 403 403 ok ok, 404",
  unbanUser: "401 403 403 403 ok ok, 404",
  announce: "401 403 403 403 ok ok, 404",
  setMember: "401 403 403 403 403 ok, 404",
  removeMember: "401 403 403 403 403 ok, 404",
  listStreams: "ok ok ok ok ok ok",
  getStream: "ok ok ok ok ok ok, 404",
  getPlayback: "ok ok ok ok ok ok, 404",
  beatPlayback: "ok ok ok ok ok ok",
  createStream: "401 403 403 403 403 ok",
  updateStream: "401 403 403 403 403 ok, 404",
  deleteStream: "401 403 403 403 403 ok, 404",
  regenerateStreamKey: "401 403 403 403 403 ok, 404",
  revokePlayback: "401 403 403 403 ok ok, 404",
  endStream: "401 403 403 403 ok ok, 404",
  getStreamStats: "401 403 403 403 ok ok, 404",
  getStreamAnalytics: "401 403 403 403 ok ok, 404",
  listRelayDestinations: "401 ok ok ok ok ok",
  listRelays: "401 403 403 403 ok ok, 404",
  createRelay: "401 403 403 403 ok ok, 404",
  updateRelay: "401 403 403 403 ok ok, 404",
  deleteRelay: "401 403 403 403 ok ok, 404",
  listRecordings: "ok ok ok ok ok ok, 404",
  getRecording: "ok ok ok ok ok ok, 404",
  deleteRecording: "401 403 403 403 403 ok, 404",
  listChatMessages: "401 403 ok ok ok ok, 404",
  sendChatMessage: "401 403 ok ok ok ok, 404",
  pinChatMessage: "401 403 403 403 ok ok, 404",
  // Before a message of one's own.
  deleteChatMessage: "401 ok ok ok ok ok, 404",
  reviewChatMessage: "401 403 403 403 ok ok, 404",
  listHeldMessages: "401 403 403 403 ok ok, 404",
  clearChat: "401 403 403 403 ok ok, 404",
  listMutes: "401 403 403 403 ok ok, 404",
  muteUser: "401 403 403 403 ok ok, 404",
  unmuteUser: "401 403 403 403 ok ok, 404",
  getModeration: "401 403 403 403 ok ok, 404",
  updateModeration: "401 403 403 403 ok ok, 404",
  listSessionViewers: "401 403 403 403 ok ok, 404",
  getSessionReplay: "ok ok ok ok ok ok, 404",
  listPolls: "401 403 ok ok ok ok, 404",
  createPoll: "401 403 403 ok ok ok, 404",
  getPoll: "401 403 ok ok ok ok, 404",
  updatePoll: "401 403 403 ok ok ok, 404",
  votePoll: "401 403 ok ok ok ok, 404",
  listQuestions: "401 403 ok ok ok ok, 404",
  askQuestion: "401 403 ok ok ok ok, 404",
  questionFromMessage: "401 403 403 ok ok ok, 404",
  upvoteQuestion: "401 403 ok ok ok ok, 404",
  removeUpvote: "401 403 ok ok ok ok, 404",
  updateQuestion: "401 403 403 ok ok ok, 404",
  createRealtimeTicket: "ok ok ok ok ok ok",
  listAudit: "401 403 403 403 403 ok",
};

test.each(operationIds)("%s is for whom the contract names", (id) => {
  const { unseen, ...callers } = describeAccess(ruleOf(id)).callers;
  const met = Object.values(callers).map((each) => (each === "allowed" ? "ok" : each));
  expect(`${met.join(" ")}${unseen === undefined ? "" : `, ${unseen}`}`).toBe(contract[id]);
});

const staffOnly: AccessRule = { who: "staff", subject: "event" };
const stranger = { globalRole: "attendee", memberRole: null, joined: false, banned: false } as const;
const before = (standing: typeof stranger | object, sees = true) => ({
  globalRole: "attendee" as const,
  subject: { own: false, sees, standing: { ...stranger, ...standing } },
});

test("who must sign in first learns nothing about what is there", () => {
  expect(refusal(staffOnly, { globalRole: null, subject: null })).toBe("unauthenticated");
});

test("what cannot be seen is not there, whatever one may do with what one sees", () => {
  expect(refusal(staffOnly, before({}, false))).toBe("not-found");
  expect(refusal(staffOnly, before({}))).toBe("forbidden");
});

test("the higher of the global role and the one in the event counts", () => {
  expect(refusal(staffOnly, before({ memberRole: "moderator" }))).toBeNull();
  expect(refusal(staffOnly, before({ globalRole: "moderator", memberRole: "attendee" }))).toBeNull();
  expect(refusal(staffOnly, before({ memberRole: "speaker" })), "speakers are not staff").toBe("forbidden");
  const speakers: AccessRule = { who: "staff-or-speaker", subject: "event" };
  expect(refusal(speakers, before({ memberRole: "speaker" }))).toBeNull();
  expect(refusal(speakers, before({ globalRole: "speaker" }))).toBeNull();
  expect(refusal(speakers, before({ joined: true }))).toBe("forbidden");
});

test("a ban refuses where the rule says so, and never staff", () => {
  const rule: AccessRule = { who: "whoever-sees", subject: "event", refusesBanned: true };
  expect(refusal(rule, before({ banned: true }))).toBe("banned");
  expect(refusal(rule, before({ banned: true, globalRole: "moderator" }))).toBeNull();
  expect(refusal({ who: "whoever-sees", subject: "event" }, before({ banned: true }))).toBeNull();
});

test("members are those who have joined or hold a role; the team is let in besides", () => {
  const rule: AccessRule = { who: "member-or-team", subject: "session" };
  expect(refusal(rule, before({ joined: true }))).toBeNull();
  expect(refusal(rule, before({ memberRole: "attendee" }))).toBeNull();
  expect(refusal(rule, before({ globalRole: "admin" }))).toBeNull();
  expect(refusal(rule, before({ globalRole: "speaker" }))).toBeNull();
  expect(refusal(rule, before({}))).toBe("forbidden");
});

test("what someone has written is theirs and the staff's", () => {
  const rule: AccessRule = { who: "self-or-staff", subject: "message" };
  const own = { globalRole: "attendee" as const, subject: { own: true, sees: true, standing: stranger } };
  expect(refusal(rule, own)).toBeNull();
  expect(refusal(rule, before({ memberRole: "moderator" }))).toBeNull();
  expect(refusal(rule, before({ memberRole: "speaker", joined: true }))).toBe("forbidden");
});
