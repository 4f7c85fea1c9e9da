/** What one batch of commands does to a session's log. Pure: the commit brings the facts and writes the plan. */
import { type IdentifierKind, newIdentifier } from "../../protocol/identifier.ts";
import type {
  CommitCommand,
  CommitResult,
  LogEvent,
  PersonalNews,
  SessionTotal,
} from "../../protocol/internal-rooms.ts";
import { problemBody } from "../../protocol/problem.ts";
import type { AuditAct } from "../audit/audit.ts";
import { refuseSender } from "./command-access.ts";
import {
  type CommitContext,
  type CommitPerson,
  type CommitSession,
  type Outcome,
  refuse,
  type SessionFeature,
} from "./session-planner.ts";

export interface CommitFacts {
  /** The database's clock, in milliseconds. */
  now: number;
  session: CommitSession;
  /** By user id; a user who is missing here no longer exists. */
  people: ReadonlyMap<string, CommitPerson>;
  /** What refs were answered before, by `refKey`. */
  answered: ReadonlyMap<string, CommitResult>;
  /** Which feature plans a type of command, and what it has loaded. */
  features: ReadonlyMap<CommitCommand["type"], LoadedFeature>;
}

export interface LoadedFeature {
  feature: SessionFeature;
  facts: unknown;
}

export interface PlannedEvent extends LogEvent {
  /** Null: the system itself. */
  actorId: string | null;
}

export interface CommitPlan {
  firstSeq: number;
  at: string;
  /** In the order of the commands. */
  results: CommitResult[];
  events: PlannedEvent[];
  totals: SessionTotal[];
  personal: PersonalNews[];
  audits: { actorId: string | null; act: AuditAct }[];
  /** Answers to keep for retries. "Not now" is not kept: the same command may be tried again, as it says. */
  kept: { userId: string; ref: string; result: CommitResult }[];
}

/**
 * Refs of what came by HTTP begin like this. A refusal is not kept under them, as under no Idempotency-Key: nothing was
 * done, and the next try may fare better.
 */
export const httpRefPrefix = "http:";

export function refKey(userId: string, ref: string): string {
  return `${userId} ${ref}`;
}

export function planCommit(
  commands: readonly CommitCommand[],
  facts: CommitFacts,
  newId: (kind: IdentifierKind) => string = newIdentifier,
): CommitPlan {
  const answered = new Map(facts.answered);
  const { plan, context, actFor } = beginPlan(facts, newId);

  for (const command of commands) {
    const { userId, ref } = command;
    const key = refKey(userId, ref);
    let result = answered.get(key);
    if (result === undefined) {
      actFor(userId);
      const outcome = planOne(command, facts, context);
      result = toResult(outcome);
      answered.set(key, result);
      if (isKept(outcome, ref)) plan.kept.push({ userId, ref, result });
    } else if (result.ok) {
      const loaded = facts.features.get(command.type);
      loaded?.feature.repeat?.(command, loaded.facts, context);
    }
    plan.results.push(result);
  }
  return plan;
}

/** An empty plan, and the context that fills it. Its acts are the system's until `actFor` names someone. */
export function beginPlan(
  { now, session, people }: Pick<CommitFacts, "now" | "session" | "people">,
  newId: (kind: IdentifierKind) => string = newIdentifier,
) {
  const plan: CommitPlan = {
    firstSeq: session.head + 1,
    at: new Date(now).toISOString(),
    results: [],
    events: [],
    totals: [],
    personal: [],
    audits: [],
    kept: [],
  };
  let actorId: string | null = null;
  const totals = new Map<string, number>();
  const context: CommitContext = {
    now,
    at: plan.at,
    session,
    get nextSeq() {
      return plan.firstSeq + plan.events.length;
    },
    person: (userId) => people.get(userId),
    emit(event) {
      const seq = plan.firstSeq + plan.events.length;
      plan.events.push({ seq, ...event, at: plan.at, actorId });
      return seq;
    },
    total(total) {
      const key = total.kind === "poll" ? total.total.pollId : total.total.questionId;
      const place = totals.get(key);
      if (place === undefined) totals.set(key, plan.totals.push(total) - 1);
      else plan.totals[place] = total;
    },
    personal: (news) => void plan.personal.push(news),
    audit: (act) => void plan.audits.push({ actorId, act }),
    newId,
  };
  const actFor = (userId: string) => {
    actorId = userId;
  };
  return { plan, context, actFor };
}

function planOne(command: CommitCommand, facts: CommitFacts, context: CommitContext): Outcome {
  const sender = facts.people.get(command.userId);
  const refusal = refuseSender(command.type, facts.session, sender);
  if (refusal !== null) return refusal;
  const loaded = facts.features.get(command.type);
  if (loaded === undefined) return refuse("unavailable");
  return loaded.feature.plan(command, sender!, loaded.facts, context);
}

function toResult(outcome: Outcome): CommitResult {
  if (outcome.ok) return outcome;
  return { ok: false, problem: problemBody(outcome.code, outcome.options) };
}

function isKept(outcome: Outcome, ref: string): boolean {
  if (outcome.ok) return true;
  return outcome.options?.retryAfterSeconds === undefined && !ref.startsWith(httpRefPrefix);
}
