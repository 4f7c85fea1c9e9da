/** Who walks the API in the test of the table, and what they meet: one world for each caller, made in a few statements. */
import { and, gt, inArray } from "drizzle-orm";
import { signSessionToken } from "../../auth/session-token.ts";
import { logins, users } from "../../db/schema/accounts-tables.ts";
import { recordings, relays } from "../../db/schema/aftermath-tables.ts";
import { chatMutes, pollOptions, polls, questions } from "../../db/schema/engagement-tables.ts";
import { attendees, bans, events, members, sessions } from "../../db/schema/events-tables.ts";
import { chatMessages, sessionLogs } from "../../db/schema/session-log-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { Role } from "../../protocol/accounts.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { EventStanding } from "../events/event-access.ts";
import { isMember, isStaff, isTeam } from "../events/event-access.ts";
import { hashStreamKey, newStreamKey } from "../streams/stream-key.ts";
import type { TestApi } from "../test-application.ts";
import type { AccessFacts, SubjectKind } from "./access-rule.ts";

export interface Caller {
  globalRole: Role;
  /** `none`: nobody; the others are refused although an admin held them. */
  token: "good" | "none" | "revoked" | "expired";
  /** What the caller is to the events of their own. */
  own: { memberRole?: EventStanding["memberRole"]; joined?: true; banned?: true };
}

export const callers = {
  nobody: { globalRole: "attendee", token: "none", own: {} },
  attendee: { globalRole: "attendee", token: "good", own: {} },
  member: { globalRole: "attendee", token: "good", own: { joined: true } },
  "speaker of the event": { globalRole: "attendee", token: "good", own: { memberRole: "speaker" } },
  speaker: { globalRole: "speaker", token: "good", own: { joined: true } },
  "moderator of the event": { globalRole: "attendee", token: "good", own: { memberRole: "moderator" } },
  moderator: { globalRole: "moderator", token: "good", own: {} },
  admin: { globalRole: "admin", token: "good", own: {} },
  // With a seat that a ban would have taken: the ban alone must be enough.
  banned: { globalRole: "attendee", token: "good", own: { joined: true, banned: true } },
  "revoked token": { globalRole: "admin", token: "revoked", own: { joined: true } },
  "expired token": { globalRole: "admin", token: "expired", own: { joined: true } },
} as const satisfies Record<string, Caller>;

const eventKinds = {
  "own private": { own: true, visibility: "private", status: "scheduled" },
  "own public": { own: true, visibility: "public", status: "scheduled" },
  "another's public": { own: false, visibility: "public", status: "scheduled" },
  "another's private": { own: false, visibility: "private", status: "scheduled" },
  "another's draft": { own: false, visibility: "public", status: "draft" },
} as const;

/** What each kind of path names, and what the caller is to it. */
export interface WalkSubject {
  name: string;
  id: string;
  facts: AccessFacts["subject"];
}

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
  const made = await makeEvents(db, caller, userId);
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

async function makeEvents(db: TestApi["deps"]["db"], caller: Caller, userId: string) {
  const globalRole = caller.token === "none" ? null : caller.globalRole;
  const all = Object.entries(eventKinds).map(([name, kind]) => ({
    name,
    ...kind,
    eventId: newIdentifier("event"),
    sessionId: newIdentifier("session"),
    streamId: newIdentifier("stream"),
  }));
  const unboundId = newIdentifier("stream");
  await db.insert(events).values(
    all.map(({ eventId: id, visibility, status }) => ({
      id,
      slug: id,
      title: "Launch",
      visibility,
      status,
    })),
  );
  await db
    .insert(sessions)
    .values(all.map(({ sessionId: id, eventId }) => ({ id, eventId, title: "Keynote" })));
  const keyHash = async () => hashStreamKey(newStreamKey());
  await db.insert(streams).values([
    ...(await Promise.all(
      all.map(async ({ streamId: id, sessionId }) => ({
        id,
        sessionId,
        title: "Main",
        keyHash: await keyHash(),
        playbackId: newIdentifier("playback"),
      })),
    )),
    { id: unboundId, title: "Rehearsal", keyHash: await keyHash(), playbackId: newIdentifier("playback") },
  ]);
  const relayIds = new Map(
    [...all.map(({ streamId }) => streamId), unboundId].map((id) => [id, newIdentifier("relay")]),
  );
  await db.insert(relays).values(
    [...relayIds].map(([streamId, id]) => ({
      id,
      streamId,
      name: "Elsewhere",
      url: "rtmp://relay.test/live",
      sealedKey: "none",
    })),
  );
  const recordingIds = new Map(
    [...all.map(({ streamId }) => streamId), unboundId].map((id) => [id, newIdentifier("recording")]),
  );
  await db.insert(recordings).values(
    [...recordingIds].map(([streamId, id]) => ({
      id,
      streamId,
      broadcastId: newIdentifier("broadcast"),
      playbackId: newIdentifier("playback"),
      title: "Main",
      status: "ready" as const,
      revision: 1,
      startedAt: new Date(),
    })),
  );
  const own = all.filter((each) => each.own).map(({ eventId }) => ({ eventId, userId }));
  const { memberRole, joined, banned } = caller.own;
  if (globalRole !== null) {
    if (memberRole) await db.insert(members).values(own.map((row) => ({ ...row, role: memberRole })));
    if (joined) await db.insert(attendees).values(own);
    if (banned) await db.insert(bans).values(own);
  }
  const stranger: EventStanding = { globalRole, memberRole: null, joined: false, banned: false };
  const insider = {
    ...stranger,
    memberRole: memberRole ?? null,
    joined: joined === true,
    banned: banned === true,
  };
  const facts = ({ own, visibility, status }: (typeof all)[number]): AccessFacts["subject"] => {
    const standing = own && globalRole !== null ? insider : stranger;
    const open = visibility === "public" && status !== "draft";
    return {
      own: false,
      sees: open || isStaff(standing) || (isMember(standing) && !standing.banned),
      standing,
    };
  };
  return {
    all,
    recordingOf: (streamId: string) => recordingIds.get(streamId)!,
    relayOf: (streamId: string) => relayIds.get(streamId) ?? newIdentifier("relay"),
    subjects: (
      idOf: (each: (typeof all)[number]) => string,
      kind: Exclude<SubjectKind, "none" | "account">,
    ) => [
      ...all.map((each): WalkSubject => ({ name: each.name, id: idOf(each), facts: facts(each) })),
      { name: "absent", id: newIdentifier(kind), facts: null },
    ],
    /** One more in the event of that name, which not everyone may see. */
    subjectsIn: (
      name: keyof typeof eventKinds,
      id: string,
      called: string,
      more: { own?: boolean; seenBy?: (standing: EventStanding) => boolean },
    ): WalkSubject[] =>
      all
        .filter((each) => each.name === name)
        .map((each) => {
          const found = facts(each)!;
          const sees = found.sees && (more.seenBy?.(found.standing!) ?? true);
          return { name: called, id, facts: { ...found, own: more.own ?? false, sees } };
        }),
    unbound: {
      name: "of no session",
      id: unboundId,
      facts: { own: false, sees: isStaff(stranger), standing: stranger },
    } satisfies WalkSubject,
  };
}

/** In each session a message, a question and an open poll of someone else's; and some that not everyone sees. */
async function makeSaidThings(
  db: TestApi["deps"]["db"],
  all: readonly { name: string; sessionId: string }[],
  otherId: string,
  userId: string,
) {
  const said = all.map(({ sessionId }) => ({
    sessionId,
    messageId: newIdentifier("message"),
    questionId: newIdentifier("question"),
    pollId: newIdentifier("poll"),
  }));
  const { sessionId } = all.find(({ name }) => name === "own public")!;
  const [ownMessageId, heldMessageId] = [newIdentifier("message"), newIdentifier("message")];
  const pendingQuestionId = newIdentifier("question");
  const draftPollId = newIdentifier("poll");
  // Seqs far behind whatever the walk itself may say.
  await db.insert(chatMessages).values([
    ...said.map((each) => ({
      id: each.messageId,
      sessionId: each.sessionId,
      seq: 1e9,
      userId: otherId,
      text: "Hello",
    })),
    { id: ownMessageId, sessionId, seq: 1e9 + 1, userId, text: "Hello" },
    { id: heldMessageId, sessionId, seq: 1e9 + 2, userId: otherId, text: "Hello", state: "held" as const },
  ]);
  await db.insert(questions).values([
    ...said.map((each) => ({
      id: each.questionId,
      sessionId: each.sessionId,
      userId: otherId,
      text: "Why?",
    })),
    { id: pendingQuestionId, sessionId, userId: otherId, text: "Why?", status: "pending" as const },
  ]);
  const allPolls = [
    ...said.map(({ pollId: id, sessionId: where }) => ({
      id,
      sessionId: where,
      question: "Tea?",
      status: "open" as const,
    })),
    { id: draftPollId, sessionId, question: "Coffee?", status: "draft" as const },
  ];
  await db.insert(polls).values(allPolls);
  const options = allPolls.flatMap(({ id: pollId }) =>
    ["Yes", "No"].map((text, position) => ({ id: newIdentifier("pollOption"), pollId, position, text })),
  );
  await db.insert(pollOptions).values(options);
  return {
    of: (id: string) => said.find((each) => each.sessionId === id)!,
    optionOf: (id: string) => options.find(({ pollId }) => pollId === id)?.id ?? newIdentifier("pollOption"),
    ownMessageId,
    heldMessageId,
    pendingQuestionId,
    draftPollId,
  };
}

/** Versions of everything in a world: equal as long as nothing was changed or taken away. */
export async function versionsOf({ deps }: TestApi, { rows }: World): Promise<string[]> {
  const { db } = deps;
  const found = await Promise.all([
    db.select({ id: users.id, version: users.version }).from(users).where(inArray(users.id, rows.users)),
    db.select({ id: events.id, version: events.version }).from(events).where(inArray(events.id, rows.events)),
    db
      .select({ id: sessions.id, version: sessions.version })
      .from(sessions)
      .where(inArray(sessions.id, rows.sessions)),
    db
      .select({ id: streams.id, version: streams.version, keyHash: streams.keyHash })
      .from(streams)
      .where(inArray(streams.id, rows.streams)),
    db
      .select({ id: logins.id, version: logins.revokedAt })
      .from(logins)
      .where(inArray(logins.id, rows.logins)),
    db
      .select({ id: members.eventId, version: members.role })
      .from(members)
      .where(inArray(members.eventId, rows.events)),
    db
      .select({ id: attendees.eventId, version: attendees.userId })
      .from(attendees)
      .where(inArray(attendees.eventId, rows.events)),
    db
      .select({ id: bans.eventId, version: bans.userId })
      .from(bans)
      .where(inArray(bans.eventId, rows.events)),
    db
      .select({ id: sessionLogs.sessionId, version: sessionLogs.head })
      .from(sessionLogs)
      // An empty log is as good as none.
      .where(and(inArray(sessionLogs.sessionId, rows.sessions), gt(sessionLogs.head, 0))),
    db
      .select({ id: polls.id, version: polls.voters })
      .from(polls)
      .where(inArray(polls.sessionId, rows.sessions)),
    db
      .select({ id: questions.id, version: questions.upvotes })
      .from(questions)
      .where(inArray(questions.sessionId, rows.sessions)),
    db
      .select({ id: relays.id, version: relays.version })
      .from(relays)
      .where(inArray(relays.streamId, rows.streams)),
    db
      .select({ id: chatMutes.sessionId, version: chatMutes.until })
      .from(chatMutes)
      .where(inArray(chatMutes.sessionId, rows.sessions)),
  ]);
  return found.flatMap((list, table) => list.map((row) => `${table} ${JSON.stringify(row)}`)).sort();
}
