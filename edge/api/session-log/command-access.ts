/** Who may send which command, whichever way it comes. Pure. */
import type { SessionCommand } from "../../protocol/session-commands.ts";
import { isMember, isStaff, isTeam, maySeeEvent } from "../events/event-access.ts";
import { type CommitPerson, type CommitSession, type Refusal, refuse } from "./session-planner.ts";

/** `member`: who has joined, and the team; `sender`: the planner looks whose it is. */
type CommandAccess = "member" | "team" | "staff" | "sender";

export const commandAccess: Record<SessionCommand["type"], CommandAccess> = {
  "chat:send": "member",
  "chat:delete": "sender",
  "chat:pin": "staff",
  "chat:review": "staff",
  "chat:clear": "staff",
  "chat:mute": "staff",
  "chat:unmute": "staff",
  "question:ask": "member",
  "question:upvote": "member",
  "question:unvote": "member",
  "question:from-message": "team",
  "question:change": "team",
  "poll:vote": "member",
  "poll:create": "team",
  "poll:change": "team",
};

/** For what a mute forbids; a shadow mute forbids nothing, and must not show. */
export function refuseMuted({ mute }: CommitPerson, now: number): Refusal | null {
  if (mute === null || mute.shadow || mute.until <= now) return null;
  return refuse("muted", { retryAfterSeconds: Math.max(1, Math.ceil((mute.until - now) / 1000)) });
}

export function refuseSender(
  type: SessionCommand["type"],
  session: CommitSession,
  person: CommitPerson | undefined,
): Refusal | null {
  if (person === undefined) return refuse("unauthenticated");
  if (person.banned && !isStaff(person)) return refuse("banned");
  if (!maySeeEvent(session.event, person)) return refuse("not-found");
  switch (commandAccess[type]) {
    case "sender":
      return null;
    case "member":
      if (isMember(person) || isTeam(person)) return null;
      return refuse("forbidden", { detail: "Join the event first" });
    case "team":
      return isTeam(person) ? null : refuse("forbidden");
    case "staff":
      return isStaff(person) ? null : refuse("forbidden");
  }
}
