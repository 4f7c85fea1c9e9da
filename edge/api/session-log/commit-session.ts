import { violatedConstraint } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand, CommitResponse } from "../../protocol/internal-rooms.ts";
import { Problem } from "../../protocol/problem.ts";
import { type CommitPlan, planCommit } from "./commit-plan.ts";
import {
  ensureLog,
  forgetOldAnswers,
  keepAnswers,
  lockSession,
  readAnswered,
  readClock,
  readPeople,
  readReplyTargets,
  writeMessages,
} from "./commit-queries.ts";

/** More only happens when several sessions race for the same refs again and again. */
const attempts = 4;

/** Undoes the transaction so that it may be planned again. */
class PlannedOnStaleFacts extends Error {}

/**
 * Commits a batch to a session's log in one transaction: a bad command becomes its own problem, the others go on.
 * Throws `not-found` when the session is absent. Must not be called with a transaction open elsewhere: it waits
 * for the session's other commits.
 */
export async function commitSession(
  db: Database,
  sessionId: string,
  commands: readonly CommitCommand[],
): Promise<CommitResponse> {
  for (let attempt = 1; ; attempt++) {
    try {
      const plan = await commitOnce(db, sessionId, commands);
      if (plan !== null) return toResponse(plan);
      if (!(await ensureLog(db, sessionId))) throw new Problem("not-found");
    } catch (error) {
      // Someone a command names (an author, a message replied to) went between the reading and the writing.
      const stale = error instanceof PlannedOnStaleFacts || violatedConstraint(error) !== null;
      if (!stale || attempt === attempts) throw error;
    }
  }
}

/** Null when the session has no log yet. */
async function commitOnce(
  db: Database,
  sessionId: string,
  commands: readonly CommitCommand[],
): Promise<CommitPlan | null> {
  return db.transaction(async (tx) => {
    const session = await lockSession(tx, sessionId);
    if (session === null) return null;
    const userIds = [...new Set(commands.map(({ userId }) => userId))];
    const replies = [
      ...new Set(
        commands.flatMap((command) => (command.type === "chat:send" ? (command.data.replyTo ?? []) : [])),
      ),
    ];
    // Sent together over the one connection, and answered in turn: one round trip.
    const [now, people, answered, replyTargets] = await Promise.all([
      readClock(tx),
      readPeople(tx, session, userIds),
      readAnswered(tx, commands),
      readReplyTargets(tx, sessionId, replies),
    ]);
    const plan = planCommit(commands, { now, session, people, answered, replyTargets }, () =>
      newIdentifier("message"),
    );
    const [, kept] = await Promise.all([
      writeMessages(tx, sessionId, plan),
      keepAnswers(tx, sessionId, plan),
      forgetOldAnswers(tx, plan.kept.length),
    ]);
    if (!kept) throw new PlannedOnStaleFacts();
    return plan;
  });
}

function toResponse(plan: CommitPlan): CommitResponse {
  return {
    totals: [],
    personal: [],
    firstSeq: plan.firstSeq,
    results: plan.results,
    events: plan.messages.map((message) => ({
      seq: message.seq,
      type: "chat:message",
      audience: { kind: "all" },
      at: plan.at,
      data: message,
    })),
  };
}
