import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Role } from "../../protocol/accounts.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import type { Audience, LogEvent, LogPage, SnapshotResponse } from "../../protocol/internal-rooms.ts";
import { Problem } from "../../protocol/problem.ts";
import type { EventStanding } from "../events/event-access.ts";
import { effectiveRole } from "../streams/stream-access.ts";

const snapshotMessages = 50;
/** Pins are few by nature; the bound keeps a mistake from growing every join's answer. */
const snapshotPins = 50;

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
      const [head, messages, pinned] = await Promise.all([
        tx.execute<{ seq: string; event_id: string }>(sql`
          select coalesce(log.head, 0) as seq, session.event_id
          from sessions session left join session_logs log on log.session_id = session.id
          where session.id = ${sessionId}`),
        readMessages(tx, sessionId, sql``, snapshotMessages),
        readMessages(tx, sessionId, sql`and message.pinned`, snapshotPins),
      ]);
      if (head[0] === undefined) throw new Problem("not-found");
      return {
        seq: Number(head[0].seq),
        eventId: head[0].event_id,
        snapshot: { messages, pinned, polls: [], questions: [] },
      };
    },
    // Every statement sees the same moment, so that what is shown is what `seq` says.
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

/** The newest messages that are not deleted, oldest first, with their authors as they are now. */
async function readMessages(
  tx: Database,
  sessionId: string,
  filter: ReturnType<typeof sql>,
  limit: number,
): Promise<ChatMessage[]> {
  const rows = await tx.execute<{
    id: string;
    seq: string;
    text: string;
    reply_to: string | null;
    pinned: boolean;
    created_at: number;
    user_id: string;
    name: string;
    role: Role;
    member_role: EventStanding["memberRole"];
    avatar_url: string | null;
  }>(sql`
    select message.id, message.seq, message.text, message.reply_to, message.pinned,
           (extract(epoch from message.created_at) * 1000)::float8 as created_at,
           author.id as user_id, author.name, author.role, author.avatar_url, member.role as member_role
    from chat_messages message
    join users author on author.id = message.user_id
    join sessions session on session.id = message.session_id
    left join members member on member.event_id = session.event_id and member.user_id = author.id
    where message.session_id = ${sessionId} and message.deleted_at is null ${filter}
    order by message.seq desc limit ${limit}`);
  return rows.reverse().map((row) => ({
    id: row.id,
    seq: Number(row.seq),
    sessionId,
    user: {
      id: row.user_id,
      name: row.name,
      role: effectiveRole(row.role, row.member_role),
      avatarUrl: row.avatar_url,
    },
    text: row.text,
    replyTo: row.reply_to,
    mentions: [],
    held: false,
    pinned: row.pinned,
    createdAt: new Date(row.created_at).toISOString(),
  }));
}
