/** People vote and upvote by HTTP, committed directly since no room answers, while a room commits others in batches. */
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIdentifier } from "../../protocol/identifier.ts";
import { CommitResponse, SnapshotResponse } from "../../protocol/internal-rooms.ts";
import type { Poll } from "../../protocol/polls.ts";
import type { Question } from "../../protocol/questions.ts";
import { call, callInternal, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeSession, makeUser, makeUsers, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

const people = 200;
const changes = 2;
let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

test("what is pushed last, what is read and what stands in rows is one, whichever way people came", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const hostId = await makeUser(db);
  await giveRole(db, eventId, hostId, "speaker");
  const userIds = await makeUsers(db, people);
  await seat(db, eventId, ...userIds);
  const host = (await signIn(api, hostId)).token;
  const tokens = await Promise.all(userIds.map(async (id) => (await signIn(api, id)).token));
  const pollBody = {
    sessionId,
    question: "Which?",
    options: ["a", "b", "c"],
    multiple: true,
    hideResults: true,
  };
  const poll: Poll = (await call(api, "POST", "/api/polls", 201, { token: host, body: pollBody })).body;
  const questionPath = `/api/questions/session/${sessionId}`;
  const question: Question = (
    await call(api, "POST", questionPath, 201, { token: host, body: { text: "Why?" } })
  ).body;

  /** What this person chooses in a round, and whether they then want the question answered. */
  const choice = (person: number, round: number) => ({
    optionIds: poll.options.map(({ id }) => id).filter((_, index) => (person + round) % 3 !== index),
    upvoted: (person + round) % 2 === 0,
  });
  // Everyone's last word is said in the last round, by the one way or the other.
  const rooms = async (round: number) => {
    const commands = userIds.flatMap((userId, person) => {
      if ((person + round) % 2 === 0) return [];
      const { optionIds, upvoted } = choice(person, round);
      const upvote = upvoted ? "question:upvote" : "question:unvote";
      return [
        { userId, ref: newIdentifier("request"), type: "poll:vote", data: { pollId: poll.id, optionIds } },
        { userId, ref: newIdentifier("request"), type: upvote, data: { questionId: question.id } },
      ];
    });
    for (let index = 0; index < commands.length; index += 17) {
      const batch = commands.slice(index, index + 17);
      const { body } = await callInternal(api, "POST", `/internal/sessions/${sessionId}/commit`, 200, {
        commands: batch,
      });
      const { results } = v.parse(CommitResponse, body);
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
    }
  };
  const http = (round: number) =>
    Promise.all(
      tokens.map(async (token, person) => {
        if ((person + round) % 2 === 1) return;
        const { optionIds, upvoted } = choice(person, round);
        const voted = await call(api, "POST", `/api/polls/${poll.id}/vote`, 200, {
          token,
          body: { optionIds },
        });
        expect(voted.body.myVote).toEqual(optionIds);
        await call(api, upvoted ? "POST" : "DELETE", `/api/questions/${question.id}/upvote`, 200, { token });
      }),
    );
  for (let round = 0; round < changes; round++) await Promise.all([rooms(round), http(round)]);

  const expected = poll.options.map(
    ({ id }) => userIds.filter((_, person) => choice(person, changes - 1).optionIds.includes(id)).length,
  );
  const upvotes = userIds.filter((_, person) => choice(person, changes - 1).upvoted).length;
  const rows = await db.execute<{ votes: number }>(sql`
    select count(vote.user_id)::int as votes from poll_options option
    left join poll_votes vote on vote.option_id = option.id
    where option.poll_id = ${poll.id} group by option.position order by option.position`);
  expect(rows.map(({ votes }) => votes)).toEqual(expected);
  const [given] = await db.execute<{ count: number }>(sql`
    select count(*)::int as count from question_upvotes where question_id = ${question.id}`);
  expect(given!.count).toBe(upvotes);

  const read: Poll = (await call(api, "GET", `/api/polls/${poll.id}`, 200, { token: host })).body;
  expect([read.totalVotes, ...read.options.map(({ votes }) => votes)]).toEqual([people, ...expected]);
  // What a room says next to those who may hear it: what it was answered last, or what it reads when it was poked.
  const totals = [
    {
      kind: "poll",
      hidden: true,
      total: {
        pollId: poll.id,
        totalVotes: people,
        options: poll.options.map(({ id }, index) => ({ id, votes: expected[index] })),
      },
    },
    { kind: "question", total: { questionId: question.id, upvotes } },
  ];
  const snapshot = await callInternal(api, "GET", `/internal/sessions/${sessionId}/snapshot`, 200);
  expect(v.parse(SnapshotResponse, snapshot.body)).toMatchObject({
    totals,
    snapshot: {
      polls: [{ totalVotes: people, options: [{ votes: null }, { votes: null }, { votes: null }] }],
    },
  });
  expect(api.roomCalls.filter((one) => one.call === "pokeSession").length).toBeGreaterThan(people);
  const again = [
    {
      userId: userIds[0]!,
      ref: newIdentifier("request"),
      type: "poll:vote",
      data: { pollId: poll.id, optionIds: choice(0, changes - 1).optionIds },
    },
  ];
  const last = await callInternal(api, "POST", `/internal/sessions/${sessionId}/commit`, 200, {
    commands: again,
  });
  expect(last.body.totals).toEqual([totals[0]]);
  expect(
    (await callInternal(api, "GET", `/internal/sessions/${sessionId}/log`, 200)).body.events,
  ).toHaveLength(2);
}, 180_000);
