/** What one batch of commands does to a session's log. Pure: the commit brings the facts and writes the plan. */
import type { Role } from "../../protocol/accounts.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import type { CommitCommand, CommitResult } from "../../protocol/internal-rooms.ts";
import { type ProblemCode, type ProblemOptions, problemBody } from "../../protocol/problem.ts";
import {
  type EventFacts,
  type EventStanding,
  isMember,
  isStaff,
  maySeeEvent,
} from "../events/event-access.ts";
import { effectiveRole } from "../streams/stream-access.ts";

/** 5 chat messages in 10 s a user; staff are exempt. */
export const chatRate = { messages: 5, windowMs: 10_000 } as const;

export interface CommitSession {
  id: string;
  event: EventFacts;
  chatEnabled: boolean;
  slowModeSeconds: number;
  /** The seq of the newest event, 0 for an empty log. */
  head: number;
}

export interface CommitPerson extends EventStanding {
  globalRole: Role;
  name: string;
  avatarUrl: string | null;
  /** When this user wrote within the last `chatRate.windowMs`, anywhere; the newest few, in any order. */
  wroteAt: number[];
  /** When this user last wrote in this session, if within its slow mode. */
  wroteHereAt: number | null;
}

export interface CommitFacts {
  /** The database's clock, in milliseconds. */
  now: number;
  session: CommitSession;
  /** By user id; a user who is missing here no longer exists. */
  people: ReadonlyMap<string, CommitPerson>;
  /** What refs were answered before, by `refKey`. */
  answered: ReadonlyMap<string, CommitResult>;
  /** Ids of messages of this session that may be replied to. */
  replyTargets: ReadonlySet<string>;
}

export interface CommitPlan {
  firstSeq: number;
  at: string;
  /** In the order of the commands. */
  results: CommitResult[];
  messages: ChatMessage[];
  /** Answers to keep for retries. "Not now" is not kept: the same command may be tried again, as it says. */
  kept: { userId: string; ref: string; result: CommitResult }[];
}

export function refKey(userId: string, ref: string): string {
  return `${userId} ${ref}`;
}

export function planCommit(
  commands: readonly CommitCommand[],
  facts: CommitFacts,
  newMessageId: () => string,
): CommitPlan {
  const firstSeq = facts.session.head + 1;
  const plan: CommitPlan = {
    firstSeq,
    at: new Date(facts.now).toISOString(),
    results: [],
    messages: [],
    kept: [],
  };
  const answered = new Map(facts.answered);
  const pace = new Map<string, Pace>();

  for (const command of commands) {
    const key = refKey(command.userId, command.ref);
    let result = answered.get(key);
    if (result === undefined) {
      const refusal = refuse(command, facts, pace);
      if (refusal === null) {
        const message = writeMessage(command as SendCommand, facts, plan, newMessageId());
        plan.messages.push(message);
        result = { ok: true, ack: message };
      } else {
        result = { ok: false, problem: problemBody(refusal.code, refusal.options) };
      }
      answered.set(key, result);
      if (refusal?.code !== "too-many-requests") {
        plan.kept.push({ userId: command.userId, ref: command.ref, result });
      }
    }
    plan.results.push(result);
  }
  return plan;
}

interface Refusal {
  code: ProblemCode;
  options?: ProblemOptions;
}
interface Pace {
  wroteAt: number[];
  wroteHereAt: number | null;
}

function refuse(command: CommitCommand, facts: CommitFacts, pace: Map<string, Pace>): Refusal | null {
  const { session } = facts;
  const person = facts.people.get(command.userId);
  if (person === undefined) return { code: "unauthenticated" };
  if (person.banned && !isStaff(person)) return { code: "banned" };
  if (!maySeeEvent(session.event, person)) return { code: "not-found" };
  if (!isStaff(person) && !isMember(person)) {
    return { code: "forbidden", options: { detail: "Join the event first" } };
  }
  if (command.type !== "chat:send") return { code: "unavailable" };
  if (!session.chatEnabled) return { code: "chat-disabled" };
  const { replyTo } = command.data;
  if (replyTo && !facts.replyTargets.has(replyTo)) {
    return {
      code: "invalid",
      options: { errors: [{ pointer: "/replyTo", detail: "is not a message of this session" }] },
    };
  }
  return isStaff(person) ? null : refuseHaste(command.userId, person, facts, pace);
}

/** Takes the message into account when it lets it pass, so that a batch cannot outrun the limit. */
function refuseHaste(
  userId: string,
  person: CommitPerson,
  { now, session }: CommitFacts,
  paces: Map<string, Pace>,
): Refusal | null {
  const pace = paces.get(userId) ?? { wroteAt: [...person.wroteAt], wroteHereAt: person.wroteHereAt };
  paces.set(userId, pace);

  const slowUntil =
    session.slowModeSeconds > 0 && pace.wroteHereAt !== null
      ? pace.wroteHereAt + session.slowModeSeconds * 1000
      : 0;
  const recent = pace.wroteAt.filter((at) => at > now - chatRate.windowMs).sort((a, b) => b - a);
  // The message that must leave the window before another may enter it.
  const blocking = recent[chatRate.messages - 1];
  const rateUntil = blocking === undefined ? 0 : blocking + chatRate.windowMs;

  const until = Math.max(slowUntil, rateUntil);
  if (until > now) {
    return {
      code: "too-many-requests",
      options: {
        detail: slowUntil >= rateUntil ? "This session is in slow mode" : "You are writing too fast",
        retryAfterSeconds: Math.max(1, Math.ceil((until - now) / 1000)),
      },
    };
  }
  pace.wroteAt.push(now);
  pace.wroteHereAt = now;
  return null;
}

type SendCommand = Extract<CommitCommand, { type: "chat:send" }>;
function writeMessage(command: SendCommand, facts: CommitFacts, plan: CommitPlan, id: string): ChatMessage {
  const person = facts.people.get(command.userId)!;
  return {
    id,
    seq: plan.firstSeq + plan.messages.length,
    sessionId: facts.session.id,
    user: {
      id: command.userId,
      name: person.name,
      role: effectiveRole(person.globalRole, person.memberRole),
      avatarUrl: person.avatarUrl,
    },
    text: command.data.text,
    replyTo: command.data.replyTo ?? null,
    mentions: [],
    held: false,
    pinned: false,
    createdAt: plan.at,
  };
}
