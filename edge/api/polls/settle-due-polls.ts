import { sql } from "drizzle-orm";
import { loggableCause } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import type { CommitResponse } from "../../protocol/internal-rooms.ts";
import { describeError } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { changeSession } from "../session-log/commit-session.ts";
import { PollBook } from "./poll-book.ts";
import { closeLapsed } from "./poll-commands.ts";
import { readPollsNamed } from "./poll-facts.ts";
import { writePolls } from "./poll-writes.ts";

type SettleDependencies = Pick<ApiDependencies, "db" | "commitDb" | "log">;

const mostAtOnce = 500;
const isDue = sql.raw("status = 'open' and closes_at <= now()");

/**
 * Writes down as closed what time has closed, and has their rooms tell it with the final figures. Nobody waits for
 * this to see a poll closed. May run twice at once: whoever comes second finds them closed. Never rejects.
 */
export async function settleDuePolls(
  deps: SettleDependencies & Pick<ApiDependencies, "rooms">,
): Promise<void> {
  const { db, commitDb, rooms } = deps;
  await unlessItFails(deps, async () => {
    const pokes: Promise<void>[] = [];
    for (const { sessionId, pollIds } of await readDue(db)) {
      const { firstSeq, events } = await settlePolls(commitDb, sessionId, pollIds);
      // Not one after the other: a room that is away is asked for a while.
      if (events.length > 0) pokes.push(rooms.pokeSession(sessionId, firstSeq + events.length - 1));
    }
    await Promise.all(pokes);
  });
}

/**
 * The same for one session, for whoever reads its log next. An occupied room reads every few seconds, so that its
 * people hear soon that a poll's time is over. Never rejects.
 */
export async function settleDuePollsOf(sessionId: string, deps: SettleDependencies): Promise<void> {
  await unlessItFails(deps, async () => {
    const rows = await deps.db.execute<{ id: string }>(
      sql`select id from polls where session_id = ${sessionId} and ${isDue} limit ${mostAtOnce}`,
    );
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await settlePolls(deps.commitDb, sessionId, ids);
  });
}

async function unlessItFails({ log }: SettleDependencies, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn("polls-not-settled", { error: describeError(loggableCause(error)) });
  }
}

/** Closes those of a session's polls whose time is over. Throws `not-found` when the session is absent. */
function settlePolls(
  commitDb: Database,
  sessionId: string,
  pollIds: readonly string[],
): Promise<CommitResponse> {
  return changeSession(commitDb, sessionId, async (tx, context) => {
    const book = new PollBook({ polls: await readPollsNamed(tx, sessionId, pollIds), votes: [] });
    for (const id of pollIds) closeLapsed(id, book, context);
    await Promise.all(writePolls(tx, sessionId, book.changes(), context.at));
  });
}

async function readDue(db: Database): Promise<{ sessionId: string; pollIds: string[] }[]> {
  const rows = await db.execute<{ session_id: string; ids: string[] }>(sql`
    select session_id, json_agg(id order by closes_at, id) as ids
    from (select id, session_id, closes_at from polls where ${isDue}
          order by closes_at limit ${mostAtOnce}) as due
    group by session_id`);
  return rows.map((row) => ({ sessionId: row.session_id, pollIds: row.ids }));
}
