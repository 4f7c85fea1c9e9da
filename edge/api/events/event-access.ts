import type { Role } from "../../protocol/accounts.ts";
import type { EventStatus, Visibility } from "../../protocol/events.ts";
import type { ProblemCode } from "../../protocol/problem.ts";
import { holdsRole } from "../authentication.ts";

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
}

/** Staff: an admin, or a moderator globally or of this event. Speakers are not staff. */
export function isStaff(standing: EventStanding): boolean {
  return holdsRole(standing.globalRole, "moderator") || standing.memberRole === "moderator";
}

/** A member has joined, or holds a role here. */
export function isMember(standing: EventStanding): boolean {
  return standing.joined || standing.memberRole !== null;
}

/** Public events are for anyone once they are no draft; all others for members and staff. */
export function maySeeEvent(event: EventFacts, standing: EventStanding): boolean {
  if (event.visibility === "public" && event.status !== "draft") return true;
  return isStaff(standing) || isMember(standing);
}

/** Why someone who sees the event may not join it, or null. The capacity is the database's to decide. */
export function refusalToJoin(event: EventFacts, standing: EventStanding): ProblemCode | null {
  if (!maySeeEvent(event, standing)) return "not-found";
  if (standing.banned) return "banned";
  if (event.status === "ended" || event.status === "cancelled") return "event-over";
  return null;
}
