import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { type MessageRow, selectMessages, toMessage } from "../chat/chat-message-rows.ts";
import { keysetPages } from "../keyset-pages.ts";
import type { Column } from "./csv-lines.ts";
import { pagesOfSessions } from "./event-sessions.ts";
import { type SheetText, sheetText } from "./sheet.ts";

interface ChatRow {
  session: string;
  message: ReturnType<typeof toMessage>;
  state: MessageRow["state"];
  deleted: boolean;
}

const columns: Column<ChatRow>[] = [
  ["sent_at", ({ message }) => message.createdAt],
  ["session", ({ session }) => session],
  ["author", ({ message }) => message.user.name],
  ["role", ({ message }) => message.user.role],
  ["text", ({ message }) => message.text],
  ["state", ({ state }) => state],
  ["deleted", ({ deleted }) => deleted],
  ["pinned", ({ message }) => message.pinned],
  ["reply_to", ({ message }) => message.replyTo],
  ["message_id", ({ message }) => message.id],
  ["author_id", ({ message }) => message.user.id],
];

/** All that was written in an event's sessions, oldest first in each, with what others do not see. */
export function chatSheet(db: Database, eventId: string): SheetText {
  return sheetText(
    columns,
    pagesOfSessions(db, eventId, ({ id }) => chatPages(db, id)),
  );
}

async function* chatPages(db: Database, sessionId: string) {
  /** A held message that is approved meanwhile takes a new place behind; it stands here once all the same. */
  const held = new Set<string>();
  const pages = keysetPages<MessageRow>(async (after, limit) =>
    db.execute<MessageRow>(
      selectMessages(
        sql`message.session_id = ${sessionId} and message.seq > ${after?.seq ?? "0"}::bigint`,
        sql`order by message.seq limit ${sql.raw(String(limit))}`,
      ),
    ),
  );
  for await (const page of pages) {
    const fresh = page.filter(({ id }) => !held.has(id));
    for (const { id, state } of fresh) if (state === "held") held.add(id);
    yield fresh.map((row) => ({ message: toMessage(row), state: row.state, deleted: row.deleted }));
  }
}
