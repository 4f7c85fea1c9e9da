/** Polls as people read them. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { SessionTotal } from "../../protocol/internal-rooms.ts";
import type { Poll, PollStatus } from "../../protocol/polls.ts";
import { type ReadPoll, readBallots, readPolls } from "./poll-facts.ts";
import { describePoll, everyReader, isPollShown, pollStatusAt, sessionTotalOfPoll } from "./poll-state.ts";

export interface PollViewer {
  userId: string | null;
  /** Staff and speakers. */
  team: boolean;
}

/** What a session's snapshot shows of polls. */
const snapshotPolls = { open: 50, closed: 10 } as const;

/** What a poll is now, whatever its row says. */
const isOpen = sql.raw(`(poll.status = 'open' and (poll.closes_at is null or poll.closes_at > now()))`);
const isClosed = sql.raw(`(poll.status = 'closed' or (poll.status = 'open' and poll.closes_at <= now()))`);
const newestFirst = sql.raw("order by poll.created_at desc, poll.id desc");

function inStatus(status: PollStatus): SQL {
  switch (status) {
    case "open":
      return isOpen;
    case "closed":
      return isClosed;
    case "draft":
    case "archived":
      return sql`poll.status = ${status}`;
  }
}

/** Newest first. Without a status: all but archived ones. Drafts and archived ones are the team's alone. */
export async function listPolls(
  db: Database,
  sessionId: string,
  viewer: PollViewer,
  { status, after, limit }: { status?: PollStatus; after: { at: Date; id: string } | null; limit: number },
): Promise<Poll[]> {
  const wanted = status === undefined ? sql`poll.status <> 'archived'` : inStatus(status);
  const shown = viewer.team ? sql`` : sql`and poll.status in ('open', 'closed')`;
  const behind =
    after === null
      ? sql``
      : sql`and (poll.created_at, poll.id) < (${after.at.toISOString()}::timestamptz, ${after.id})`;
  const found = await readPolls(
    db,
    sql`poll.session_id = ${sessionId} and ${wanted} ${shown} ${behind}`,
    sql`${newestFirst} limit ${limit}`,
  );
  return describeFor(db, found, viewer);
}

/** Null when there is none, or none for this viewer. */
export async function readPoll(db: Database, id: string, viewer: PollViewer): Promise<Poll | null> {
  const found = await readPolls(db, sql`poll.id = ${id}`);
  const seen = found.filter(({ poll, now }) => viewer.team || isPollShown(pollStatusAt(poll, now)));
  const [poll] = await describeFor(db, seen, viewer);
  return poll ?? null;
}

async function describeFor(
  db: Database,
  found: readonly ReadPoll[],
  { userId, team }: PollViewer,
): Promise<Poll[]> {
  const pairs = userId === null ? [] : found.map(({ poll }) => ({ pollId: poll.id, userId }));
  const ballots = pairs.length === 0 ? [] : await readBallots(db, pairs);
  const votes = new Map(ballots.map(({ pollId, optionIds }) => [pollId, optionIds]));
  return found.map(({ poll, now }) => describePoll(poll, now, { team, vote: votes.get(poll.id) ?? null }));
}

/** What everyone may see in a session's snapshot: open polls, and those closed last; newest first. */
export async function readSnapshotPolls(db: Database, sessionId: string): Promise<Poll[]> {
  const found = await readShown(db, sessionId);
  return found.map(({ poll, now }) => describePoll(poll, now, everyReader));
}

/** The figures of the polls that a snapshot shows, in full; each says from whom they are to be kept. */
export async function readPollTotals(db: Database, sessionId: string): Promise<SessionTotal[]> {
  const found = await readShown(db, sessionId);
  return found.map(({ poll, now }) => sessionTotalOfPoll(poll, now));
}

function readShown(db: Database, sessionId: string): Promise<ReadPoll[]> {
  const newest = (condition: SQL, count: number) => sql`
    (select poll.id from polls poll where poll.session_id = ${sessionId} and ${condition}
     ${newestFirst} limit ${count})`;
  return readPolls(
    db,
    sql`poll.id in (${newest(isOpen, snapshotPolls.open)} union all ${newest(isClosed, snapshotPolls.closed)})`,
    newestFirst,
  );
}

/** Each person's votes in the session's polls that are shown: option ids by poll. Who has none is not in it. */
export async function readVotes(
  db: Database,
  sessionId: string,
  userIds: readonly string[],
): Promise<Map<string, Record<string, string[]>>> {
  if (userIds.length === 0) return new Map();
  const rows = await db.execute<{ user_id: string; poll_id: string; option_ids: string[] }>(sql`
    select vote.user_id, vote.poll_id, json_agg(vote.option_id order by option.position) as option_ids
    from polls poll
    join poll_votes vote on vote.poll_id = poll.id
      and vote.user_id = any(array(select json_array_elements_text(${JSON.stringify(userIds)}::json)))
    join poll_options option on option.id = vote.option_id
    where poll.session_id = ${sessionId} and poll.status in ('open', 'closed')
    group by vote.user_id, vote.poll_id`);
  const votes = new Map<string, Record<string, string[]>>();
  for (const { user_id, poll_id, option_ids } of rows) {
    const own = votes.get(user_id) ?? {};
    own[poll_id] = option_ids;
    votes.set(user_id, own);
  }
  return votes;
}
