/** What planning chat commands asks about, and what it gathers to be written. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import type { CommandOf, CommitSession } from "../session-log/session-planner.ts";
import { type MessageRow, type MessageState, selectMessages, toMessage } from "./chat-message-rows.ts";
import { chatRate, type Writing } from "./chat-pace.ts";

export type ChatCommand = CommandOf<
  "chat:send" | "chat:delete" | "chat:pin" | "chat:review" | "chat:clear" | "chat:mute" | "chat:unmute"
>;

/** A message as the batch has left it so far. */
export interface ChatEntry {
  message: ChatMessage;
  state: MessageState;
  deleted: boolean;
  deletedBy: string | null;
}

export interface MuteRow {
  until: number;
  shadow: boolean;
  mutedBy: string;
}

export interface ChatFacts {
  /** By id: those that commands name, those that are pinned (where one pins), and those that the batch adds. */
  messages: Map<string, ChatEntry>;
  pinned: Set<string>;
  /** What each sender wrote lately, newest first. */
  writings: Map<string, Writing>;
  added: ChatEntry[];
  changed: Set<ChatEntry>;
  /** Whose messages so far go, or everyone's, and who said so. */
  cleared: { all: string | null; users: Map<string, string> };
  /** By user; null lifts the mute. */
  mutes: Map<string, MuteRow | null>;
}

export function noChatFacts(): ChatFacts {
  return {
    messages: new Map(),
    pinned: new Set(),
    writings: new Map(),
    added: [],
    changed: new Set(),
    cleared: { all: null, users: new Map() },
    mutes: new Map(),
  };
}

export async function loadChat(
  tx: Database,
  session: CommitSession,
  commands: readonly ChatCommand[],
): Promise<ChatFacts> {
  const facts = noChatFacts();
  const senders = new Set<string>();
  const named = new Set<string>();
  let pins = false;
  for (const command of commands) {
    if (command.type === "chat:send") senders.add(command.userId);
    const id = messageIdOf(command);
    if (id) named.add(id);
    pins ||= command.type === "chat:pin" || command.type === "chat:clear";
  }
  const [entries, pinned, writings] = await Promise.all([
    readEntries(tx, session.id, [...named]),
    pins ? readPinned(tx, session.id) : [],
    readWritings(tx, session, [...senders]),
  ]);
  for (const entry of [...entries, ...pinned]) facts.messages.set(entry.message.id, entry);
  for (const { message } of pinned) facts.pinned.add(message.id);
  facts.writings = writings;
  return facts;
}

function messageIdOf(command: ChatCommand): string | null {
  switch (command.type) {
    case "chat:send":
      return command.data.replyTo ?? null;
    case "chat:delete":
    case "chat:pin":
    case "chat:review":
      return command.data.messageId;
    default:
      return null;
  }
}

async function readEntries(tx: Database, sessionId: string, ids: readonly string[]): Promise<ChatEntry[]> {
  if (ids.length === 0) return [];
  const rows = await tx.execute<MessageRow>(
    selectMessages(sql`message.session_id = ${sessionId} and message.id in (
      select value from json_array_elements_text(${JSON.stringify(ids)}::json))`),
  );
  return rows.map(toEntry);
}

async function readPinned(tx: Database, sessionId: string): Promise<ChatEntry[]> {
  const rows = await tx.execute<MessageRow>(
    selectMessages(sql`message.session_id = ${sessionId} and message.pinned and message.deleted_at is null`),
  );
  return rows.map(toEntry);
}

function toEntry(row: MessageRow): ChatEntry {
  return { message: toMessage(row), state: row.state, deleted: row.deleted, deletedBy: null };
}

/** Of the texts that the duplicate filter compares, no more than this many a person. */
const mostCompared = 50;

/** Not of staff, who may write as they like: a busy moderator's texts would be most of what a commit reads. */
async function readWritings(
  tx: Database,
  session: CommitSession,
  userIds: readonly string[],
): Promise<Map<string, Writing>> {
  if (userIds.length === 0) return new Map();
  const { id, slowModeSeconds, duplicateSeconds } = session;
  const windowMs = Math.max(chatRate.windowMs, duplicateSeconds * 1000);
  const newestHere =
    slowModeSeconds === 0
      ? sql`select null::float8 as at`
      : sql`select (extract(epoch from max(created_at)) * 1000)::float8 as at from chat_messages
          where user_id = wanted.id and session_id = ${id}
            and created_at > now() - ${slowModeSeconds}::float8 * interval '1 second'`;
  // now(), the transaction's beginning: indexes serve no condition on clock_timestamp(), which is volatile.
  const rows = await tx.execute<{
    user_id: string;
    recent: { at: number; text: string | null }[] | null;
    here_at: number | null;
  }>(sql`
    select wanted.id as user_id, recent.recent, here.at as here_at
    from json_array_elements_text(${JSON.stringify(userIds)}::json) as wanted(id)
    join users person on person.id = wanted.id
    left join members member on member.event_id = ${session.eventId} and member.user_id = wanted.id
    left join lateral (
      select json_agg(json_build_object('at', at, 'text', text)) as recent
      from (
        select (extract(epoch from created_at) * 1000)::float8 as at,
               case when session_id = ${id} and (deleted_by is null or deleted_by <> user_id) then text end as text
        from chat_messages
        where user_id = wanted.id
          and created_at > now() - ${windowMs}::float8 * interval '1 millisecond'
        order by created_at desc limit ${mostCompared}
      ) newest
    ) recent on true
    left join lateral (${newestHere}) here on true
    where person.role not in ('moderator', 'admin') and member.role is distinct from 'moderator'`);
  return new Map(
    rows.map(({ user_id, recent, here_at }) => [user_id, { recent: recent ?? [], hereAt: here_at }]),
  );
}
