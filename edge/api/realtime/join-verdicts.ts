/** May these viewers be in the rooms of an event? Pure; the queries bring the facts. */
import type { JoinVerdict, Viewer } from "../../protocol/internal-rooms.ts";
import { type ProblemCode, problemBody } from "../../protocol/problem.ts";
import {
  type EventFacts,
  type EventStanding,
  isMember,
  isStaff,
  isTeam,
  maySeeEvent,
} from "../events/event-access.ts";
import type { OwnThings } from "./mine.ts";

const stranger: EventStanding = { globalRole: null, memberRole: null, joined: false, banned: false };

/** `standings` by user id; a user who is missing there no longer exists. In the order of the viewers. */
export function judgeJoins(
  event: EventFacts,
  viewers: readonly Pick<Viewer, "userId">[],
  standings: ReadonlyMap<string, EventStanding>,
  ownOf: (userId: string | null) => OwnThings,
): JoinVerdict[] {
  return viewers.map(({ userId }) => {
    const standing = userId === null ? stranger : standings.get(userId);
    if (standing === undefined) return refused("unauthenticated");
    const staff = isStaff(standing);
    if (standing.banned && !staff) return refused("banned");
    if (!maySeeEvent(event, standing)) return refused("not-found");
    const team = isTeam(standing);
    const member = team || isMember(standing);
    return { allowed: true, staff, team, member, ...ownOf(userId) };
  });
}

function refused(code: ProblemCode): JoinVerdict {
  return { allowed: false, problem: problemBody(code) };
}
