import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { PollChanges, PollTick } from "./poll-book.ts";
import type { PollState } from "./poll-state.ts";

/**
 * Writes what a batch did to polls; at most seven statements, and only those that are needed. Figures are written as
 * they were counted: the session's log is locked, so nobody counts beside us.
 */
export function writePolls(
  tx: Database,
  sessionId: string,
  { created, changed, rewritten, counted, added, removed }: PollChanges,
  at: string,
): Promise<unknown>[] {
  const work: Promise<unknown>[] = [];
  if (created.length > 0) {
    const rows = created.map((poll) => ({ ...columnsOf(poll), created_by: poll.createdBy }));
    work.push(
      tx.execute(sql`
        insert into polls (id, session_id, question, multiple, hide_results, status, closes_at, created_by, created_at)
        select id, ${sessionId}, question, multiple, hide_results, status, closes_at, created_by, ${at}::timestamptz
        from json_to_recordset(${JSON.stringify(rows)}::json) as poll(id text, question text, multiple boolean,
          hide_results boolean, status text, closes_at timestamptz, created_by text)`),
    );
  }
  if (changed.length > 0) {
    work.push(
      tx.execute(sql`
        update polls set question = next.question, status = next.status, closes_at = next.closes_at
        from json_to_recordset(${JSON.stringify(changed.map(columnsOf))}::json)
          as next(id text, question text, status text, closes_at timestamptz)
        where polls.id = next.id`),
    );
  }
  if (rewritten.length > 0) {
    work.push(
      tx.execute(sql`
        delete from poll_options where poll_id in (
          select id from json_array_elements_text(${JSON.stringify(rewritten.map(({ id }) => id))}::json) as gone(id)
        )`),
    );
  }
  const withOptions = [...created, ...rewritten];
  if (withOptions.length > 0) {
    work.push(
      tx.execute(sql`
        insert into poll_options (id, poll_id, position, text)
        select id, poll_id, position, text from json_to_recordset(${JSON.stringify(withOptions.flatMap(optionRows))}::json)
          as option(id text, poll_id text, position int, text text)`),
    );
  }
  if (removed.length > 0) {
    work.push(
      tx.execute(sql`
        delete from poll_votes using ${ticks(removed)}
        where poll_votes.poll_id = tick.poll_id and poll_votes.user_id = tick.user_id
          and poll_votes.option_id = tick.option_id`),
    );
  }
  if (added.length > 0) {
    work.push(
      tx.execute(sql`
        insert into poll_votes (poll_id, user_id, option_id, created_at)
        select poll_id, user_id, option_id, ${at}::timestamptz from ${ticks(added)}`),
    );
  }
  if (counted.length > 0) {
    const voters = counted.map(({ id, voters }) => ({ id, voters }));
    work.push(
      tx.execute(sql`
        with counted as (
          update polls set voters = next.voters
          from json_to_recordset(${JSON.stringify(voters)}::json) as next(id text, voters int)
          where polls.id = next.id
        )
        update poll_options set votes = next.votes
        from json_to_recordset(${JSON.stringify(counted.flatMap(optionRows))}::json) as next(id text, votes int)
        where poll_options.id = next.id and poll_options.votes <> next.votes`),
    );
  }
  return work;
}

function columnsOf(poll: PollState) {
  return {
    id: poll.id,
    question: poll.question,
    multiple: poll.multiple,
    hide_results: poll.hideResults,
    status: poll.status,
    closes_at: poll.closesAt === null ? null : new Date(poll.closesAt).toISOString(),
  };
}

function optionRows({ id, options }: PollState) {
  return options.map((option, position) => ({
    id: option.id,
    poll_id: id,
    position,
    text: option.text,
    votes: option.votes,
  }));
}

function ticks(rows: readonly PollTick[]) {
  const json = rows.map((row) => ({ poll_id: row.pollId, user_id: row.userId, option_id: row.optionId }));
  return sql`json_to_recordset(${JSON.stringify(json)}::json) as tick(poll_id text, user_id text, option_id text)`;
}
