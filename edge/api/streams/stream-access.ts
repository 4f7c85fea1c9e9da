import type { Role } from "../../protocol/accounts.ts";
import { holdsRole } from "../authentication.ts";
import { type EventFacts, type EventStanding, maySeeEvent } from "../events/event-access.ts";

/** A stream is seen like its session's event. One without a session is for admins and moderators only. */
export function maySeeStream(event: EventFacts | null, standing: EventStanding): boolean {
  return event === null ? holdsRole(standing.globalRole, "moderator") : maySeeEvent(event, standing);
}

/** The role people see beside a name: the higher of the global one and the event's. */
export function effectiveRole(role: Role, memberRole: EventStanding["memberRole"]): Role {
  return memberRole !== null && !holdsRole(role, memberRole) ? memberRole : role;
}
