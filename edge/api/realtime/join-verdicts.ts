/** May these viewers be in the rooms of an event? Pure; the queries bring the facts. */
import type { JoinVerdict, Viewer } from "../../protocol/internal-rooms.ts";
import { type ProblemCode, problemBody } from "../../protocol/problem.ts";
import { type EventFacts, type EventStanding, isStaff, maySeeEvent } from "../events/event-access.ts";

const stranger: EventStanding = { globalRole: null, memberRole: null, joined: false, banned: false };

/** `standings` by user id; a user who is missing there no longer exists. In the order of the viewers. */
export function judgeJoins(
  event: EventFacts,
  viewers: readonly Pick<Viewer, "userId">[],
  standings: ReadonlyMap<string, EventStanding>,
): JoinVerdict[] {
  return viewers.map(({ userId }) => {
    const standing = userId === null ? stranger : standings.get(userId);
    if (standing === undefined) return refused("unauthenticated");
    const staff = isStaff(standing);
    if (standing.banned && !staff) return refused("banned");
    if (!maySeeEvent(event, standing)) return refused("not-found");
    return { allowed: true, staff, mine: { votes: {}, upvotes: [] } };
  });
}

function refused(code: ProblemCode): JoinVerdict {
  return { allowed: false, problem: problemBody(code) };
}
