import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Mine } from "../../protocol/engagement.ts";
import { type MessageRow, selectMessages, toMessage } from "./chat-message-rows.ts";

export interface OwnChat extends Pick<Mine, "messages" | "mutedUntil"> {
  /** Until when others may not hear them, whether they know or not. Never for themselves to see. */
  silencedUntil: string | null;
}

/** The newest that a join carries of one person; the rest is read by HTTP. */
const mostUnseen = 50;

/**
 * What is each person's own in a session's chat: messages that others do not see, oldest first, and until when they
 * are muted; a shadow mute stands in `silencedUntil` alone. Who has none of it is not in the answer. Two queries for any number of people.
 */
export async function readOwnChat(
  db: Database,
  sessionId: string,
  userIds: readonly string[],
): Promise<Map<string, OwnChat>> {
  if (userIds.length === 0) return new Map();
  const wanted = sql`(select value from json_array_elements_text(${JSON.stringify(userIds)}::json))`;
  const [messages, mutes] = await Promise.all([
    db.execute<MessageRow>(
      selectMessages(sql`message.id in (
        select id from (
          select id, row_number() over (partition by user_id order by seq desc) as place
          from chat_messages
          where session_id = ${sessionId} and state <> 'visible' and deleted_at is null and user_id in ${wanted}
        ) unseen where place <= ${mostUnseen})`),
    ),
    db.execute<{ user_id: string; until: number; shadow: boolean }>(sql`
      select user_id, (extract(epoch from until) * 1000)::float8 as until, shadow from chat_mutes
      where session_id = ${sessionId} and until > now() and user_id in ${wanted}`),
  ]);
  const own = new Map<string, OwnChat>();
  const of = (userId: string): OwnChat => {
    const known = own.get(userId) ?? { messages: [], mutedUntil: null, silencedUntil: null };
    own.set(userId, known);
    return known;
  };
  for (const row of messages) of(row.user_id).messages.push(toMessage(row));
  for (const { user_id, until, shadow } of mutes) {
    const at = new Date(until).toISOString();
    of(user_id).silencedUntil = at;
    if (!shadow) of(user_id).mutedUntil = at;
  }
  return own;
}
