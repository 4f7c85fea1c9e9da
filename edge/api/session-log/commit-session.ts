import { violatedConstraint } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import type { CommitCommand, CommitResponse } from "../../protocol/internal-rooms.ts";
import { Problem } from "../../protocol/problem.ts";
import {
  beginPlan,
  type CommitFacts,
  type CommitPlan,
  type LoadedFeature,
  planCommit,
} from "./commit-plan.ts";
import {
  ensureLog,
  keepAnswers,
  lockSession,
  readAnswered,
  readClock,
  readPeople,
  writeAudits,
  writeEvents,
} from "./commit-queries.ts";
import { sessionFeatures } from "./session-features.ts";
import type { CommitContext, CommitSession, SessionFeature } from "./session-planner.ts";

/** More only happens when several sessions race for the same refs again and again. */
const attempts = 4;

/** Undoes the transaction so that it may be planned again. */
class PlannedOnStaleFacts extends Error {}

/**
 * Commits a batch to a session's log in one transaction: a bad command becomes its own problem, the others go on.
 * Throws `not-found` when the session is absent. Must not be called with a transaction open elsewhere: it waits
 * for the session's other commits.
 */
export function commitSession(
  db: Database,
  sessionId: string,
  commands: readonly CommitCommand[],
): Promise<CommitResponse> {
  return inLockedSession(db, sessionId, async (tx, session) => {
    const loading = loadFeatures(tx, session, commands);
    // Sent together over the one connection, and answered in turn: one round trip.
    const [{ now, answered }, people, features] = await Promise.all([
      readAnswered(tx, commands),
      readPeople(tx, session, namedPeople(commands)),
      Promise.all(loading),
    ]);
    const byType: CommitFacts["features"] = new Map(
      features.flatMap((loaded) => loaded.feature.types.map((type) => [type, loaded] as const)),
    );
    const plan = planCommit(commands, { now, session, people, answered, features: byType });
    const [kept] = await Promise.all([
      keepAnswers(tx, session.id, plan),
      ...features.flatMap(({ feature, facts }) => feature.write(tx, session, facts, plan.at)),
      writeEvents(tx, session.id, plan),
      writeAudits(tx, plan),
    ]);
    if (!kept) throw new PlannedOnStaleFacts();
    return plan;
  });
}

/**
 * What the system does to a session by itself, such as closing a poll whose time is over: `work` reads and writes in
 * the log's transaction and says what happened to the context. It may be called again where facts went stale.
 */
export function changeSession(
  db: Database,
  sessionId: string,
  work: (tx: Database, context: CommitContext) => Promise<void>,
): Promise<CommitResponse> {
  return inLockedSession(db, sessionId, async (tx, session) => {
    const { plan, context } = beginPlan({ now: await readClock(tx), session, people: new Map() });
    await work(tx, context);
    await Promise.all([writeEvents(tx, session.id, plan), writeAudits(tx, plan)]);
    return plan;
  });
}

async function inLockedSession(
  db: Database,
  sessionId: string,
  work: (tx: Database, session: CommitSession) => Promise<CommitPlan>,
): Promise<CommitResponse> {
  for (let attempt = 1; ; attempt++) {
    try {
      const plan = await db.transaction(async (tx) => {
        const session = await lockSession(tx, sessionId);
        return session === null ? null : work(tx, session);
      });
      if (plan !== null) return toResponse(plan);
      if (!(await ensureLog(db, sessionId))) throw new Problem("not-found");
    } catch (error) {
      // Someone a command names (an author, a message replied to) went between the reading and the writing.
      const stale = error instanceof PlannedOnStaleFacts || violatedConstraint(error) !== null;
      if (!stale || attempt === attempts) throw error;
    }
  }
}

/** Those features alone that the batch needs. */
function loadFeatures(
  tx: Database,
  session: CommitSession,
  commands: readonly CommitCommand[],
): Promise<LoadedFeature>[] {
  return sessionFeatures.flatMap((feature) => {
    const own = commandsOf(feature, commands);
    if (own.length === 0) return [];
    return [feature.load(tx, session, own).then((facts) => ({ feature, facts }))];
  });
}

/** Senders, and whom the commands name. */
function namedPeople(commands: readonly CommitCommand[]): string[] {
  const named = sessionFeatures.flatMap((feature) =>
    feature.names ? commandsOf(feature, commands).flatMap((command) => feature.names!(command)) : [],
  );
  return [...new Set([...commands.map(({ userId }) => userId), ...named])];
}

function commandsOf(feature: SessionFeature, commands: readonly CommitCommand[]): CommitCommand[] {
  return commands.filter(({ type }) => feature.types.includes(type));
}

function toResponse(plan: CommitPlan): CommitResponse {
  const { firstSeq, results, totals, personal } = plan;
  return {
    firstSeq,
    results,
    totals,
    personal,
    events: plan.events.map(({ seq, type, audience, at, data }) => ({ seq, type, audience, at, data })),
  };
}
