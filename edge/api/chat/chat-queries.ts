/** Messages and mutes as people read them. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { ChatMessage, Mute } from "../../protocol/chat.ts";
import { type MessageRow, type MessageState, selectMessages, toMessage } from "./chat-message-rows.ts";

export interface HistoryPage {
  /** Seqs that the page lies between; itself without them. */
  before: number | null;
  after: number | null;
  limit: number;
}

/**
 * Oldest first. What everyone sees and, of `userId`'s own, what others do not. The newest that fit; with `after`, the
 * oldest behind it.
 */
export async function readHistory(
  db: Database,
  sessionId: string,
  userId: string | null,
  { before, after, limit }: HistoryPage,
): Promise<ChatMessage[]> {
  const rows = await db.execute<MessageRow>(
    selectMessages(
      sql`message.session_id = ${sessionId} and message.deleted_at is null
        and (message.state = 'visible' or message.user_id = ${userId ?? ""})
        ${before === null ? sql`` : sql`and message.seq < ${before}::bigint`}
        ${after === null ? sql`` : sql`and message.seq > ${after}::bigint`}`,
      sql`order by message.seq ${after === null ? sql`desc` : sql`asc`} limit ${limit}`,
    ),
  );
  return rows.map(toMessage);
}

/** What waits for a moderator, or what shadow-muted people wrote; oldest first, behind `after`. */
export async function readUnseen(
  db: Database,
  sessionId: string,
  state: Exclude<MessageState, "visible">,
  { after, limit }: { after: number; limit: number },
): Promise<ChatMessage[]> {
  const rows = await db.execute<MessageRow>(
    selectMessages(
      sql`message.session_id = ${sessionId} and message.state = ${state} and message.state <> 'visible'
        and message.deleted_at is null and message.seq > ${after}::bigint`,
      sql`order by message.seq limit ${limit}`,
    ),
  );
  return rows.map(toMessage);
}

const snapshotMessages = 50;
/** Pins are few by nature; the bound keeps a mistake from growing every join's answer. */
const snapshotPins = 50;

/** What a session's snapshot shows of its chat. Oldest first. */
export async function readSnapshotMessages(
  db: Database,
  sessionId: string,
): Promise<{ messages: ChatMessage[]; pinned: ChatMessage[] }> {
  const newest = async (filter: SQL, limit: number) => {
    const rows = await db.execute<MessageRow>(
      selectMessages(
        sql`message.session_id = ${sessionId} and message.deleted_at is null
          and message.state = 'visible' ${filter}`,
        sql`order by message.seq desc limit ${limit}`,
      ),
    );
    return rows.map(toMessage);
  };
  const [messages, pinned] = await Promise.all([
    newest(sql``, snapshotMessages),
    newest(sql`and message.pinned`, snapshotPins),
  ]);
  return { messages, pinned };
}

export interface PlacedMute {
  mute: Mute;
  createdAt: string;
}

/** Mutes that are not over, the oldest first. */
export async function readMutes(
  db: Database,
  sessionId: string,
  { after, limit }: { after: { at: Date; id: string } | null; limit: number },
): Promise<PlacedMute[]> {
  const behind =
    after === null
      ? sql``
      : sql`and (mute.created_at, mute.user_id) > (${after.at.toISOString()}::timestamptz, ${after.id})`;
  const rows = await db.execute<{
    user_id: string;
    name: string;
    until: number;
    shadow: boolean;
    created_at: number;
  }>(sql`
    select mute.user_id, person.name, mute.shadow,
           (extract(epoch from mute.until) * 1000)::float8 as until,
           (extract(epoch from mute.created_at) * 1000)::float8 as created_at
    from chat_mutes mute join users person on person.id = mute.user_id
    where mute.session_id = ${sessionId} and mute.until > now() ${behind}
    order by mute.created_at, mute.user_id limit ${limit}`);
  return rows.map(({ user_id, name, until, shadow, created_at }) => ({
    mute: { userId: user_id, name, until: new Date(until).toISOString(), shadow },
    createdAt: new Date(created_at).toISOString(),
  }));
}
