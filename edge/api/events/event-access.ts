import type { Role } from "../../protocol/accounts.ts";
import type { EventStatus, Visibility } from "../../protocol/events.ts";
import type { ProblemCode } from "../../protocol/problem.ts";
import { holdsRole } from "../authentication.ts";
import { isOver } from "./status-moves.ts";

/** What one person is to one event. */
export interface EventStanding {
  /** Null for someone who is not signed in. */
  globalRole: Role | null;
  memberRole: "attendee" | "speaker" | "moderator" | null;
  joined: boolean;
  banned: boolean;
}

export interface EventFacts {
  status: EventStatus;
  visibility: Visibility;
  /** Read with the standing, for whoever asks to join; null: no code is asked for. */
  accessCodeHash?: string | null;
}

/** Staff: an admin, or a moderator globally or of this event. Speakers are not staff. */
export function isStaff(standing: EventStanding): boolean {
  return holdsRole(standing.globalRole, "moderator") || standing.memberRole === "moderator";
}

/** Staff and speakers: who run polls and answer questions. */
export function isTeam(standing: EventStanding): boolean {
  return isStaff(standing) || holdsRole(standing.globalRole, "speaker") || standing.memberRole === "speaker";
}

/** A member has joined, or holds a role here. */
export function isMember(standing: EventStanding): boolean {
  return standing.joined || standing.memberRole !== null;
}

/** Public events are for anyone once they are no draft; all others for members and staff. */
export function maySeeEvent(event: EventFacts, standing: EventStanding): boolean {
  if (event.visibility === "public" && event.status !== "draft") return true;
  return isStaff(standing) || (isMember(standing) && !standing.banned);
}

export interface DoorFacts {
  /** The event has an access code. */
  needsCode: boolean;
  codeIsRight: boolean;
}

/**
 * Why someone may not join the event, or null. The capacity is the database's to decide. A private event with an
 * access code may be joined from outside by whoever has its address and the code; one without is not even there.
 */
export function refusalToJoin(
  event: EventFacts,
  standing: EventStanding,
  door: DoorFacts,
): ProblemCode | null {
  const inside = isStaff(standing) || isMember(standing);
  if (
    !inside &&
    (event.status === "draft" || (event.visibility === "private" && !mayAskAtDoor(standing, door)))
  ) {
    return "not-found";
  }
  if (standing.banned && !isStaff(standing)) return "banned";
  if (isOver(event.status)) return "event-over";
  if (door.needsCode && !inside && !door.codeIsRight) return "wrong-access-code";
  return null;
}

/** Who was banned was inside once: the event's being there is no secret to them. */
function mayAskAtDoor(standing: EventStanding, door: DoorFacts): boolean {
  return door.needsCode || standing.banned;
}
