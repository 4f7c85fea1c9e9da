import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { PollStatus } from "../../protocol/polls.ts";
import { keysetPages } from "../keyset-pages.ts";
import type { Column } from "./csv-lines.ts";
import { pagesOfSessions } from "./event-sessions.ts";
import { type SheetText, sheetText } from "./sheet.ts";

interface OptionRow extends Record<string, unknown> {
  poll_id: string;
  question: string;
  status: PollStatus;
  multiple: boolean;
  voters: number;
  /** In milliseconds. */
  created_at: number;
  /** From 1. */
  position: number;
  option: string;
  votes: number;
}

const columns: Column<OptionRow & { session: string }>[] = [
  ["asked_at", ({ created_at }) => new Date(created_at)],
  ["session", ({ session }) => session],
  ["question", ({ question }) => question],
  ["status", ({ status }) => status],
  ["multiple", ({ multiple }) => multiple],
  ["voters", ({ voters }) => voters],
  ["option_number", ({ position }) => position],
  ["option", ({ option }) => option],
  ["votes", ({ votes }) => votes],
  ["share_of_voters", ({ votes, voters }) => (voters === 0 ? null : votes / voters)],
  ["poll_id", ({ poll_id }) => poll_id],
];

/** A row for each option of each poll in an event's sessions, in the order of asking. */
export function pollsSheet(db: Database, eventId: string): SheetText {
  return sheetText(
    columns,
    pagesOfSessions(db, eventId, ({ id }) => optionPages(db, id)),
  );
}

function optionPages(db: Database, sessionId: string) {
  return keysetPages<OptionRow>(async (after, limit) => {
    const behind =
      after === null
        ? sql``
        : sql`and (poll.created_at, poll.id, choice.position + 1)
            > (${new Date(after.created_at).toISOString()}::timestamptz, ${after.poll_id}, ${after.position}::int)`;
    return db.execute<OptionRow>(sql`
      select poll.id as poll_id, poll.question, poll.multiple, poll.voters,
             case when poll.status = 'open' and poll.closes_at <= now() then 'closed' else poll.status end as status,
             (extract(epoch from poll.created_at) * 1000)::float8 as created_at,
             choice.position + 1 as position, choice.text as option, choice.votes
      from polls poll join poll_options choice on choice.poll_id = poll.id
      where poll.session_id = ${sessionId} ${behind}
      order by poll.created_at, poll.id, choice.position limit ${sql.raw(String(limit))}`);
  });
}
