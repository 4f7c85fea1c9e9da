/** Who walks the API in the test of the table, and what they meet: one world for each caller, made in a few statements. */
import { signSessionToken } from "../../auth/session-token.ts";
import { logins, users } from "../../db/schema/accounts-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { isStaff, isTeam } from "../events/event-access.ts";
import type { TestApi } from "../test-application.ts";
import type { SubjectKind } from "./access-rule.ts";
import type { Caller } from "./test-walk-callers.ts";
import { makeWalkEvents, type WalkSubject } from "./test-walk-events.ts";
import { makeSaidThings } from "./test-walk-said-things.ts";

export interface World {
  userId: string;
  email: string;
  token: string | null;
  /** Someone else, who is an attendee and nothing to any event. */
  other: { userId: string; email: string };
  subjects: Record<SubjectKind, WalkSubject[]>;
  /** An option that may be voted for in a poll. */
  optionOf(pollId: string): string;
  /** A message that everyone sees. */
  messageIn(sessionId: string): string;
  /** A relay of the stream. */
  relayOf(streamId: string): string;
  /** All that a refused request must leave as it is. */
  rows: { users: string[]; events: string[]; sessions: string[]; streams: string[]; logins: string[] };
}

export async function makeWorld({ deps }: TestApi, caller: Caller, passwordHash: string): Promise<World> {
  const { db, environment } = deps;
  const [userId, otherId] = [newIdentifier("user"), newIdentifier("user")];
  const email = (id: string) => `${id.toLowerCase()}@example.org`;
  await db.insert(users).values([
    { id: userId, email: email(userId), name: "Ada", role: caller.globalRole, passwordHash },
    { id: otherId, email: email(otherId), name: "Bob", passwordHash },
  ]);
  const expiresAt = new Date(Date.now() + (caller.token === "expired" ? -60_000 : 3_600_000));
  const revokedAt = caller.token === "revoked" ? new Date() : null;
  const [loginId, secondLogin, otherLogin] = [
    newIdentifier("login"),
    newIdentifier("login"),
    newIdentifier("login"),
  ];
  await db.insert(logins).values([
    { id: loginId, userId, expiresAt, revokedAt },
    { id: secondLogin, userId, expiresAt: new Date(Date.now() + 3_600_000) },
    { id: otherLogin, userId: otherId, expiresAt: new Date(Date.now() + 3_600_000) },
  ]);
  const token =
    caller.token === "none"
      ? null
      : await signSessionToken(environment.jwtSecret, { userId, loginId }, expiresAt);
  const made = await makeWalkEvents(db, caller, userId);
  const said = await makeSaidThings(db, made.all, otherId, userId);
  const signedIn = caller.token !== "none";
  const account = (name: string, id: string, own: boolean, exists = true): WalkSubject => ({
    name,
    id,
    facts: exists ? { own, sees: own || (signedIn && caller.globalRole === "admin"), standing: null } : null,
  });
  const subjects: World["subjects"] = {
    none: [{ name: "-", id: "", facts: { own: false, sees: true, standing: null } }],
    account: [
      account("own", userId, signedIn),
      account("another's", otherId, false),
      account("absent", newIdentifier("user"), false, false),
    ],
    login: [
      { name: "own", id: secondLogin, facts: signedIn ? { own: true, sees: true, standing: null } : null },
      { name: "another's", id: otherLogin, facts: null },
      { name: "absent", id: newIdentifier("login"), facts: null },
    ],
    event: made.subjects((each) => each.eventId, "event"),
    session: made.subjects((each) => each.sessionId, "session"),
    stream: [...made.subjects((each) => each.streamId, "stream"), made.unbound],
    recording: [
      ...made.subjects(({ streamId }) => made.recordingOf(streamId), "recording"),
      { ...made.unbound, id: made.recordingOf(made.unbound.id) },
    ],
    message: [
      ...made.subjects(({ sessionId }) => said.of(sessionId).messageId, "message"),
      ...made.subjectsIn("own public", said.ownMessageId, "written by the caller", { own: signedIn }),
      ...made.subjectsIn("own public", said.heldMessageId, "held", { seenBy: isStaff }),
    ],
    question: [
      ...made.subjects(({ sessionId }) => said.of(sessionId).questionId, "question"),
      ...made.subjectsIn("own public", said.pendingQuestionId, "pending", { seenBy: isTeam }),
    ],
    poll: [
      ...made.subjects(({ sessionId }) => said.of(sessionId).pollId, "poll"),
      ...made.subjectsIn("own public", said.draftPollId, "draft", { seenBy: isTeam }),
    ],
  };
  return {
    userId,
    email: email(userId),
    token,
    other: { userId: otherId, email: email(otherId) },
    optionOf: said.optionOf,
    relayOf: made.relayOf,
    messageIn: (sessionId) => said.of(sessionId)?.messageId ?? newIdentifier("message"),
    subjects,
    rows: {
      users: [userId, otherId],
      logins: [secondLogin, otherLogin],
      events: made.all.map((each) => each.eventId),
      sessions: made.all.map((each) => each.sessionId),
      streams: [...made.all.map((each) => each.streamId), made.unbound.id],
    },
  };
}
