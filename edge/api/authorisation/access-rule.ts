/** Who may do what: the words the table of operations is written in, and the one decision made from them. Pure. */
import type { Role } from "../../protocol/accounts.ts";
import type { ProblemCode } from "../../protocol/problem.ts";
import { type EventStanding, isMember, isStaff, isTeam } from "../events/event-access.ts";

/**
 * What the path names. Sessions and streams are seen like the event they belong to; so is what is said in a session,
 * unless it waits for a moderator or is gone.
 */
export type SubjectKind =
  | "none"
  | "account"
  | "login"
  | "event"
  | "session"
  | "stream"
  | "recording"
  | "message"
  | "question"
  | "poll";

/**
 * - `anyone`: nobody is asked who they are; a stale token keeps no one out.
 * - `whoever-sees`: also without signing in; who signs in may see more.
 * - `self`, `self-or-admin`, `self-or-staff`: whose account, login or message it is.
 * - `member-or-team`, `staff-or-speaker`, `staff`: what the caller is to the event, the higher of the global role
 *   and the one held in it. The team are staff and speakers.
 */
export type Who =
  | "anyone"
  | "whoever-sees"
  | "signed-in"
  | "self"
  | "self-or-admin"
  | "self-or-staff"
  | "member-or-team"
  | "staff-or-speaker"
  | "staff"
  | "admin";

export interface AccessRule {
  who: Who;
  subject: SubjectKind;
  /** Which parameter of the path names the subject; `id` unless said. */
  parameter?: string;
  /** Which field of the JSON body names the subject instead of the path. */
  inBody?: string;
  /** People banned from the event are refused although they may see it. */
  refusesBanned?: true;
  /** The handler decides about what the caller cannot see, by something else that the request brings. */
  admitsUnseen?: true;
}

/** What one caller is to one subject. */
export interface AccessFacts {
  globalRole: Role | null;
  /** Null when the path's subject is absent; for `none` there is always one. */
  subject: {
    /** An account, login or message of the caller's own. */
    own: boolean;
    sees: boolean;
    /** What the caller is to the event behind the subject; null where no event is. */
    standing: EventStanding | null;
  } | null;
}

/** Null: come in. Else the problem that answers: 401 before anything is looked at, 404 before 403. */
export function refusal(rule: AccessRule, { globalRole, subject }: AccessFacts): ProblemCode | null {
  if (globalRole === null && rule.who !== "anyone" && rule.who !== "whoever-sees") return "unauthenticated";
  if (subject === null) return "not-found";
  const standing = subject.standing ?? { globalRole, memberRole: null, joined: false, banned: false };
  if (!subject.sees && !rule.admitsUnseen) return "not-found";
  if (rule.refusesBanned && standing.banned && !isStaff(standing)) return "banned";
  return isGranted(rule.who, standing, subject.own) ? null : "forbidden";
}

function isGranted(who: Who, standing: EventStanding, own: boolean): boolean {
  switch (who) {
    case "anyone":
    case "whoever-sees":
      return true;
    case "signed-in":
      return standing.globalRole !== null;
    case "self":
      return own;
    case "self-or-admin":
      return own || standing.globalRole === "admin";
    case "self-or-staff":
      return own || isStaff(standing);
    case "member-or-team":
      return isMember(standing) || isTeam(standing);
    case "staff-or-speaker":
      return isTeam(standing);
    case "staff":
      return isStaff(standing);
    case "admin":
      return standing.globalRole === "admin";
  }
}

/** The problems by which a rule can refuse, for the documentation. */
export function refusalsOf(rule: AccessRule): ProblemCode[] {
  const { who, subject } = rule;
  return [
    ...(who === "anyone" ? [] : (["unauthenticated"] as const)),
    ...(subject === "none" ? [] : (["not-found"] as const)),
    ...(rule.refusesBanned ? (["banned"] as const) : []),
    ...(who === "anyone" || who === "whoever-sees" || who === "signed-in" ? [] : (["forbidden"] as const)),
  ];
}
