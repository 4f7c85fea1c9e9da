import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { PollStatus } from "../../protocol/polls.ts";
import type { PollBallot } from "./poll-book.ts";
import type { PollState } from "./poll-state.ts";

interface PollRow extends Record<string, unknown> {
  id: string;
  session_id: string;
  question: string;
  options: PollState["options"];
  multiple: boolean;
  hide_results: boolean;
  status: PollStatus;
  closes_at: number | null;
  voters: number;
  created_at: number;
  now: number;
}

/** A poll and the database's clock when it was read, in milliseconds: what says whether its time is over. */
export interface ReadPoll {
  poll: PollState;
  now: number;
}

/** `where` speaks of `poll`; `tail` may order and bound. */
export async function readPolls(db: Database, where: SQL, tail: SQL = sql``): Promise<ReadPoll[]> {
  const rows = await db.execute<PollRow>(sql`
    select poll.id, poll.session_id, poll.question, poll.multiple, poll.hide_results, poll.status, poll.voters,
           (extract(epoch from poll.closes_at) * 1000)::float8 as closes_at,
           (extract(epoch from poll.created_at) * 1000)::float8 as created_at,
           (extract(epoch from now()) * 1000)::float8 as now,
           (select json_agg(json_build_object('id', option.id, 'text', option.text, 'votes', option.votes)
                            order by option.position)
            from poll_options option where option.poll_id = poll.id) as options
    from polls poll
    where ${where} ${tail}`);
  return rows.map((row) => ({ poll: toPollState(row), now: row.now }));
}

function toPollState(row: PollRow): PollState {
  return {
    id: row.id,
    sessionId: row.session_id,
    question: row.question,
    options: row.options,
    multiple: row.multiple,
    hideResults: row.hide_results,
    status: row.status,
    closesAt: row.closes_at,
    voters: row.voters,
    createdAt: row.created_at,
  };
}

/** Those of the polls that stand in this session. */
export async function readPollsNamed(
  tx: Database,
  sessionId: string,
  ids: readonly string[],
): Promise<PollState[]> {
  const found = await readPolls(
    tx,
    sql`poll.session_id = ${sessionId}
      and poll.id in (select id from json_array_elements_text(${JSON.stringify(ids)}::json) as wanted(id))`,
  );
  return found.map(({ poll }) => poll);
}

/** What each of these people has chosen in the poll named beside them. Options stand in no order. */
export async function readBallots(
  tx: Database,
  pairs: readonly { pollId: string; userId: string }[],
): Promise<PollBallot[]> {
  const wanted = pairs.map(({ pollId, userId }) => ({ poll_id: pollId, user_id: userId }));
  const rows = await tx.execute<{ poll_id: string; user_id: string; option_ids: string[] }>(sql`
    select vote.poll_id, vote.user_id, json_agg(vote.option_id) as option_ids
    from (select distinct poll_id, user_id
          from json_to_recordset(${JSON.stringify(wanted)}::json) as pair(poll_id text, user_id text)) as wanted
    join poll_votes vote on vote.poll_id = wanted.poll_id and vote.user_id = wanted.user_id
    group by vote.poll_id, vote.user_id`);
  return rows.map((row) => ({ pollId: row.poll_id, userId: row.user_id, optionIds: row.option_ids }));
}
