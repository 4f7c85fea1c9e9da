/** Whoever votes and upvotes, however many at once and by whichever way: what was said last, what is read and what stands in rows is one. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenDatabase, openDatabase } from "../../db/open-database.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand, CommitResponse, SessionTotal } from "../../protocol/internal-rooms.ts";
import type { Poll } from "../../protocol/polls.ts";
import type { Question } from "../../protocol/questions.ts";
import { commitSession } from "../session-log/commit-session.ts";
import { giveRole, makeEvent, makeSession, makeUser, makeUsers, seat } from "../streams/test-scene.ts";

const people = 220;
const pools: OpenDatabase[] = [];
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  // As several processes would: each path has connections of its own.
  for (let index = 0; index < 3; index++) pools.push(openDatabase(database.url, { maxConnections: 4 }));
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await database.drop();
});

const command = (userId: string, type: string, data: object) =>
  ({ userId, ref: newIdentifier("request"), type, data }) as unknown as CommitCommand;

async function scene() {
  const { db } = database;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const host = await makeUser(db);
  await giveRole(db, eventId, host, "speaker");
  const userIds = await makeUsers(db, people);
  await seat(db, eventId, ...userIds);
  const commit = (path: number, ...commands: CommitCommand[]) =>
    commitSession(pools[path % pools.length]!.db, sessionId, commands);
  const make = async <T>(type: string, data: object): Promise<T> => {
    const { results } = await commit(0, command(host, type, data));
    expect(results[0], JSON.stringify(results[0])).toMatchObject({ ok: true });
    return (results[0] as { ack: T }).ack;
  };
  return { db, sessionId, userIds, host, commit, make };
}

/** Sends the commands in a mixed order: some alone, as HTTP does without rooms, some in batches, as rooms do. */
async function sendMixed(
  commands: readonly CommitCommand[],
  commit: (path: number, ...commands: CommitCommand[]) => Promise<CommitResponse>,
): Promise<CommitResponse[]> {
  const batches: CommitCommand[][] = [];
  for (let index = 0; index < commands.length; ) {
    const size = 1 + ((index * 7) % 23);
    batches.push(commands.slice(index, index + size));
    index += size;
  }
  return Promise.all(batches.map((batch, index) => commit(index, ...batch)));
}

/** The totals as a room knows them in the end. Answers cross on their way: of each thing, the highest count wins here by order of commits. */
function lastSaid(responses: readonly CommitResponse[]): Map<string, SessionTotal> {
  const said = new Map<string, SessionTotal>();
  for (const { totals } of responses) {
    for (const total of totals)
      said.set(total.kind === "poll" ? total.total.pollId : total.total.questionId, total);
  }
  return said;
}

function refusals(responses: readonly CommitResponse[]) {
  return responses.flatMap(({ results }) => results.filter((result) => !result.ok));
}

async function pollFigures(pollId: string) {
  const options = await database.db.execute<{ id: string; votes: number; rows: number }>(sql`
    select option.id, option.votes,
           (select count(*)::int from poll_votes vote where vote.option_id = option.id) as rows
    from poll_options option where option.poll_id = ${pollId} order by option.position`);
  const [voters] = await database.db.execute<{ voters: number; rows: number }>(sql`
    select poll.voters, (select count(distinct user_id)::int from poll_votes where poll_id = poll.id) as rows
    from polls poll where poll.id = ${pollId}`);
  return { options, voters: voters! };
}

test("votes and changes of mind of two hundred people from several connections count exactly", async () => {
  const { userIds, commit, make } = await scene();
  const single = await make<Poll>("poll:create", pollOf(["a", "b", "c"], false));
  const several = await make<Poll>("poll:create", pollOf(["a", "b", "c", "d"], true));
  const optionOf = (poll: Poll, index: number) => poll.options[index % poll.options.length]!.id;
  const commands: CommitCommand[] = [];
  for (let round = 0; round < 4; round++) {
    userIds.forEach((userId, index) => {
      const pick = optionOf(single, index * 5 + round * 3);
      commands.push(command(userId, "poll:vote", { pollId: single.id, optionIds: [pick] }));
      const picks = [
        ...new Set([optionOf(several, index + round), optionOf(several, index * 3 + round * 2)]),
      ];
      commands.push(command(userId, "poll:vote", { pollId: several.id, optionIds: picks }));
    });
  }
  const responses = await sendMixed(commands, commit);
  expect(refusals(responses)).toEqual([]);
  for (const poll of [single, several]) {
    const { options, voters } = await pollFigures(poll.id);
    expect(voters).toEqual({ voters: people, rows: people });
    for (const { votes, rows } of options) expect(votes).toBe(rows);
    // One more vote, with everything else done: what is said by it is what stands.
    const last = await commit(
      1,
      command(userIds[0]!, "poll:vote", { pollId: poll.id, optionIds: [poll.options[0]!.id] }),
    );
    const after = await pollFigures(poll.id);
    expect(lastSaid([last]).get(poll.id)?.total).toEqual({
      pollId: poll.id,
      totalVotes: after.voters.rows,
      options: after.options.map(({ id, rows }) => ({ id, votes: rows })),
    });
  }
  const { options } = await pollFigures(single.id);
  expect(
    options.reduce((sum, { votes }) => sum + votes, 0),
    "one each",
  ).toBe(people);
});

test("upvotes given and taken back from several connections count exactly", async () => {
  const { userIds, commit, make, host } = await scene();
  const questions = [
    await make<Question>("question:ask", { text: "One?", anonymous: false }),
    await make<Question>("question:ask", { text: "Two?", anonymous: false }),
  ];
  const commands: CommitCommand[] = [];
  for (let round = 0; round < 6; round++) {
    userIds.forEach((userId, index) => {
      const type = (index + round) % 3 === 0 ? "question:unvote" : "question:upvote";
      commands.push(command(userId, type, { questionId: questions[(index + round) % 2]!.id }));
    });
  }
  const responses = await sendMixed(commands, commit);
  expect(refusals(responses)).toEqual([]);
  for (const { id } of questions) {
    const last = await commit(2, command(host, "question:upvote", { questionId: id }));
    const [row] = await database.db.execute<{ upvotes: number; rows: number; changes: number }>(sql`
      select upvotes, (select count(*)::int from question_upvotes where question_id = question.id) as rows,
             (select sum(upvotes)::int from question_rank_changes where question_id = question.id) as changes
      from questions question where id = ${id}`);
    expect(row!.upvotes).toBe(row!.rows);
    expect(row!.changes).toBe(row!.rows);
    expect(row!.rows).toBeGreaterThan(50);
    expect(lastSaid([last]).get(id)?.total).toEqual({ questionId: id, upvotes: row!.rows });
  }
});

test("a thousand votes and a thousand upvotes are two batches, and each person's repeated ref counts once", async () => {
  const { userIds, commit, make } = await scene();
  const poll = await make<Poll>("poll:create", pollOf(["a", "b"], false));
  const question = await make<Question>("question:ask", { text: "Why?", anonymous: false });
  const votes = Array.from({ length: 1000 }, (_, index) =>
    command(userIds[index % people]!, "poll:vote", {
      pollId: poll.id,
      optionIds: [poll.options[index % 2]!.id],
    }),
  );
  const upvotes = userIds.map((userId) => command(userId, "question:upvote", { questionId: question.id }));
  const [first, again, third] = await Promise.all([
    commit(0, ...votes),
    commit(1, ...votes),
    commit(2, ...upvotes, ...upvotes),
  ]);
  expect(refusals([first, again, third])).toEqual([]);
  expect((await pollFigures(poll.id)).voters).toEqual({ voters: people, rows: people });
  expect(third.totals).toEqual([{ kind: "question", total: { questionId: question.id, upvotes: people } }]);
});

test("votes that race the closing of their poll count before it or are refused", async () => {
  const { userIds, commit, make, host } = await scene();
  const poll = await make<Poll>("poll:create", pollOf(["a", "b"], false));
  const votes = userIds.map((userId, index) =>
    command(userId, "poll:vote", { pollId: poll.id, optionIds: [poll.options[index % 2]!.id] }),
  );
  const [votings, closing] = await Promise.all([
    Promise.all(votes.map((vote, index) => commit(index, vote))),
    commit(1, command(host, "poll:change", { pollId: poll.id, status: "closed" })),
  ]);
  const problems = refusals(votings);
  for (const problem of problems)
    expect(problem).toMatchObject({ problem: { type: "/problems/poll-not-open" } });
  const { voters, options } = await pollFigures(poll.id);
  const accepted = people - problems.length;
  expect(voters).toEqual({ voters: accepted, rows: accepted });
  // The event that closes it carries the final figures.
  expect(closing.events[0]?.data).toMatchObject({
    status: "closed",
    totalVotes: accepted,
    options: options.map(({ id, rows }) => ({ id, votes: rows })),
  });
});

test("of questions that many ask to be answered at once, one is", async () => {
  const { commit, make, host, sessionId } = await scene();
  const questions: Question[] = [];
  for (let index = 0; index < 6; index++) {
    questions.push(await make<Question>("question:ask", { text: `Why ${index}?`, anonymous: false }));
  }
  const responses = await Promise.all(
    questions.flatMap(({ id }, index) => [
      commit(index, command(host, "question:change", { questionId: id, answering: true })),
      commit(index + 1, command(host, "question:change", { questionId: id, pinned: true })),
    ]),
  );
  expect(refusals(responses)).toEqual([]);
  const rows = await database.db.execute<{ answering: boolean; pinned: boolean }>(sql`
    select answering, pinned from questions where session_id = ${sessionId}`);
  expect(rows.filter(({ answering }) => answering).length).toBe(1);
  expect(rows.every(({ pinned }) => pinned)).toBe(true);
});

test("the same message made a question by many at once is one question", async () => {
  const { commit, host, userIds, sessionId } = await scene();
  const said = await commit(0, command(userIds[0]!, "chat:send", { text: "But why?" }));
  const messageId = (said.events[0]!.data as { id: string }).id;
  const responses = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      commit(index, command(host, "question:from-message", { messageId })),
    ),
  );
  expect(refusals(responses)).toEqual([]);
  const ids = responses.map(({ results }) => (results[0] as { ack: Question }).ack.id);
  expect(new Set(ids).size).toBe(1);
  const rows = await database.db.execute(sql`select 1 from questions where session_id = ${sessionId}`);
  expect(rows.length).toBe(1);
});

function pollOf(options: string[], multiple: boolean) {
  return { question: "Which?", options, multiple, hideResults: false, status: "open" };
}
