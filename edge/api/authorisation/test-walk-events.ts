/** The events of a world, each with a session, a stream, a relay and a recording, and what the caller is to them. */
import { recordings, relays } from "../../db/schema/aftermath-tables.ts";
import { attendees, bans, events, members, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { EventStanding } from "../events/event-access.ts";
import { isMember, isStaff } from "../events/event-access.ts";
import { hashStreamKey, newStreamKey } from "../streams/stream-key.ts";
import type { TestApi } from "../test-application.ts";
import type { AccessFacts, SubjectKind } from "./access-rule.ts";
import type { Caller } from "./test-walk-callers.ts";

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

export async function makeWalkEvents(db: TestApi["deps"]["db"], caller: Caller, userId: string) {
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
  const streamIds = [...all.map(({ streamId }) => streamId), unboundId];
  const relayIds = new Map(streamIds.map((id) => [id, newIdentifier("relay")]));
  await db.insert(relays).values(
    [...relayIds].map(([streamId, id]) => ({
      id,
      streamId,
      name: "Elsewhere",
      url: "rtmp://relay.test/live",
      sealedKey: "none",
    })),
  );
  const recordingIds = new Map(streamIds.map((id) => [id, newIdentifier("recording")]));
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
