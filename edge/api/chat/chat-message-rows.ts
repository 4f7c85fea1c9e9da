/** Messages as the database has them and as the wire has them. */
import { type SQL, sql } from "drizzle-orm";
import type { Role } from "../../protocol/accounts.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import type { EventStanding } from "../events/event-access.ts";
import { effectiveRole } from "../streams/stream-access.ts";

export type MessageState = "visible" | "held" | "shadowed";

export interface MessageRow extends Record<string, unknown> {
  id: string;
  session_id: string;
  seq: string;
  text: string;
  reply_to: string | null;
  mentions: ChatMessage["mentions"];
  pinned: boolean;
  state: MessageState;
  deleted: boolean;
  /** In milliseconds. */
  created_at: number;
  user_id: string;
  name: string;
  role: Role;
  member_role: EventStanding["memberRole"];
  avatar_url: string | null;
}

/**
 * `select` of message rows, oldest first, with their authors as they are now. `where` speaks of `message`; `page`, an
 * order and a limit, chooses before the authors are looked up, so that a page costs no more than itself.
 */
export function selectMessages(where: SQL, page: SQL = sql``): SQL {
  return sql`
    select message.id, message.session_id, message.seq, message.text, message.reply_to, message.mentions,
           message.pinned, message.state, message.deleted_at is not null as deleted,
           (extract(epoch from message.created_at) * 1000)::float8 as created_at,
           author.id as user_id, author.name, author.role, author.avatar_url, member.role as member_role
    from (select * from chat_messages message where ${where} ${page}) message
    join users author on author.id = message.user_id
    join sessions session on session.id = message.session_id
    left join members member on member.event_id = session.event_id and member.user_id = author.id
    order by message.seq`;
}

export function toMessage(row: MessageRow): ChatMessage {
  return {
    id: row.id,
    seq: Number(row.seq),
    sessionId: row.session_id,
    user: {
      id: row.user_id,
      name: row.name,
      role: effectiveRole(row.role, row.member_role),
      avatarUrl: row.avatar_url,
    },
    text: row.text,
    replyTo: row.reply_to,
    mentions: row.mentions,
    pinned: row.pinned,
    held: row.state === "held",
    createdAt: new Date(row.created_at).toISOString(),
  };
}
