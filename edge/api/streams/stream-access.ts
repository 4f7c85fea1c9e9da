/** Who may see an event and what belongs to it. Pure; the queries bring the facts. */
import type { Role } from "../../protocol/accounts.ts";
import type { EventStatus, Visibility } from "../../protocol/events.ts";

/** What someone is to one event; `role` is null for a person nobody has signed in. */
export interface Standing {
  role: Role | null;
  eventRole: "attendee" | "speaker" | "moderator" | null;
  joined: boolean;
  banned: boolean;
}

export interface EventFacts {
  status: EventStatus;
  visibility: Visibility;
}

export const stranger: Standing = { role: null, eventRole: null, joined: false, banned: false };

/** Admins and moderators see every stream, also those without a session. */
export function seesEverything(role: Role | null): boolean {
  return role === "admin" || role === "moderator";
}

/** Staff of the event: an admin, or a moderator globally or of that event. Speakers are not. */
export function isStaff({ role, eventRole }: Standing): boolean {
  return seesEverything(role) || eventRole === "moderator";
}

/** Someone with a seat or a role in the event. A ban takes both. */
export function isMember(standing: Standing): boolean {
  return !standing.banned && (standing.joined || standing.eventRole !== null);
}

/** `event` is null for a stream without a session, which only staff of the house may see. */
export function maySee(standing: Standing, event: EventFacts | null): boolean {
  if (event === null) return seesEverything(standing.role);
  if (isStaff(standing)) return true;
  if (event.visibility === "public" && event.status !== "draft") return true;
  return isMember(standing);
}

/** The role people see beside a name: the higher of the global one and the event's. */
export function effectiveRole(role: Role, eventRole: Standing["eventRole"]): Role {
  const rank = { attendee: 0, speaker: 1, moderator: 2, admin: 3 } as const;
  return eventRole !== null && rank[eventRole] > rank[role] ? eventRole : role;
}
