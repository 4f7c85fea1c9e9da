import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Audience, LogEvent, LogPage, SnapshotResponse } from "../../protocol/internal-rooms.ts";
import { Problem } from "../../protocol/problem.ts";
import { readSnapshotMessages } from "../chat/chat-queries.ts";
import { readPollTotals, readSnapshotPolls } from "../polls/poll-queries.ts";
import { readQuestionTotals, readSnapshotQuestions } from "../questions/question-queries.ts";

interface LogRow extends Record<string, unknown> {
  head: string;
  seq: string | null;
  type: string;
  audience_kind: LogEvent["audience"]["kind"];
  audience_user_id: string | null;
  at: number;
  data: unknown;
}

/** The events behind `after`, in order, for every audience. Throws `not-found` when the session is absent. */
export async function readLog(
  db: Database,
  sessionId: string,
  after: number,
  limit: number,
): Promise<LogPage> {
  // One statement, so that head and events are of one moment.
  const rows = await db.execute<LogRow>(sql`
    select coalesce(log.head, 0) as head, event.seq, event.type, event.audience_kind, event.audience_user_id,
           (extract(epoch from event.at) * 1000)::float8 as at, event.data
    from sessions session
    left join session_logs log on log.session_id = session.id
    left join lateral (
      select * from session_events where session_id = session.id and seq > ${after}::bigint
      order by seq limit ${limit}
    ) event on true
    where session.id = ${sessionId}
    order by event.seq`);
  const [first] = rows;
  if (first === undefined) throw new Problem("not-found");
  return { head: Number(first.head), events: rows.filter((row) => row.seq !== null).map(toLogEvent) };
}

function toLogEvent(row: LogRow): LogEvent {
  return {
    seq: Number(row.seq),
    type: row.type,
    audience: toAudience(row.audience_kind, row.audience_user_id),
    at: new Date(row.at).toISOString(),
    data: row.data,
  };
}

function toAudience(kind: Audience["kind"], userId: string | null): Audience {
  if (kind === "all") return { kind };
  if (kind === "user") return { kind, userId: userId! };
  return userId === null ? { kind } : { kind, userId };
}

/** What everyone may see of a session, as of `seq`. Throws `not-found` when the session is absent. */
export async function readSnapshot(db: Database, sessionId: string): Promise<SnapshotResponse> {
  return db.transaction(
    async (tx) => {
      const [head, { messages, pinned }, polls, questions, pollTotals, questionTotals] = await Promise.all([
        tx.execute<{ seq: string; event_id: string }>(sql`
          select coalesce(log.head, 0) as seq, session.event_id
          from sessions session left join session_logs log on log.session_id = session.id
          where session.id = ${sessionId}`),
        readSnapshotMessages(tx, sessionId),
        readSnapshotPolls(tx, sessionId),
        readSnapshotQuestions(tx, sessionId),
        readPollTotals(tx, sessionId),
        readQuestionTotals(tx, sessionId),
      ]);
      if (head[0] === undefined) throw new Problem("not-found");
      return {
        seq: Number(head[0].seq),
        eventId: head[0].event_id,
        snapshot: { messages, pinned, polls, questions },
        totals: [...pollTotals, ...questionTotals],
      };
    },
    // Every statement sees the same moment, so that what is shown is what `seq` says.
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}
