import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { polls, questionRankChanges } from "../../db/schema/engagement-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import type { Poll } from "../../protocol/polls.ts";
import { commitSession } from "../session-log/commit-session.ts";
import { readLog } from "../session-log/session-log-queries.ts";
import { callInternal } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeSession, makeUser, makeUsers, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { settleDuePolls } from "./settle-due-polls.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
beforeEach(() => void api.roomCalls.splice(0));
afterAll(() => api.drop());

async function scene() {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const host = await makeUser(db);
  await giveRole(db, eventId, host, "speaker");
  const userIds = await makeUsers(db, 3);
  await seat(db, eventId, ...userIds);
  const send = async (userId: string, type: string, data: object) => {
    const command = { userId, ref: newIdentifier("request"), type, data } as unknown as CommitCommand;
    const { results } = await commitSession(db, sessionId, [command]);
    expect(results[0], JSON.stringify(results)).toMatchObject({ ok: true });
    return (results[0] as { ack: Poll }).ack;
  };
  /** A poll whose time has come: waiting for it would be waiting by the clock. */
  const duePoll = async () => {
    const closesAt = new Date(Date.now() + 60_000).toISOString();
    const data = {
      question: "?",
      options: ["a", "b"],
      multiple: false,
      hideResults: true,
      status: "open",
      closesAt,
    };
    const poll = await send(host, "poll:create", data);
    for (const userId of userIds)
      await send(userId, "poll:vote", { pollId: poll.id, optionIds: [poll.options[1]!.id] });
    await db
      .update(polls)
      .set({ closesAt: new Date(Date.now() - 1) })
      .where(eq(polls.id, poll.id));
    return poll;
  };
  return { db, sessionId, host, send, duePoll };
}

test("the tick writes down what time has closed, with the figures for everyone, and tells the room", async () => {
  const { db, sessionId, duePoll } = await scene();
  const poll = await duePoll();
  await callInternal(api, "POST", "/internal/tick", 202);
  await api.settled();
  const { head, events } = await readLog(db, sessionId, 0, 10);
  expect(events.at(-1)).toMatchObject({
    seq: head,
    type: "poll:updated",
    audience: { kind: "all" },
    data: { id: poll.id, status: "closed", totalVotes: 3, options: [{ votes: 0 }, { votes: 3 }] },
  });
  expect(api.roomCalls).toContainEqual({ call: "pokeSession", args: [sessionId, head] });
  const [row] = await db.select({ status: polls.status }).from(polls).where(eq(polls.id, poll.id));
  expect(row).toEqual({ status: "closed" });
});

test("a room that reads the log hears that a poll's time is over, without waiting for the tick", async () => {
  const { sessionId, duePoll } = await scene();
  const poll = await duePoll();
  const read = () => callInternal(api, "GET", `/internal/sessions/${sessionId}/log?after=1`, 200);
  const { body } = await read();
  expect(body).toMatchObject({
    head: 2,
    events: [{ seq: 2, type: "poll:updated", data: { id: poll.id, status: "closed", totalVotes: 3 } }],
  });
  expect((await read()).body).toEqual(body);
});

test("ticks that overlap close a poll once; later ones find nothing to do", async () => {
  const { db, sessionId, duePoll } = await scene();
  await duePoll();
  await Promise.all([1, 2, 3, 4].map(() => settleDuePolls(api.deps)));
  const { events } = await readLog(db, sessionId, 0, 10);
  expect(events.map(({ type }) => type)).toEqual(["poll:new", "poll:updated"]);
  api.roomCalls.splice(0);
  await settleDuePolls(api.deps);
  expect(api.roomCalls).toEqual([]);
});

test("a poll that is opened again while it is being settled stays open", async () => {
  const { sessionId, host, send, duePoll, db } = await scene();
  const poll = await duePoll();
  await Promise.all([
    settleDuePolls(api.deps),
    send(host, "poll:change", { pollId: poll.id, status: "open" }),
  ]);
  await settleDuePolls(api.deps);
  const [row] = await db.select().from(polls).where(eq(polls.id, poll.id));
  expect(row).toMatchObject({ status: "open", closesAt: null });
  const { events } = await readLog(db, sessionId, 0, 10);
  expect((events.at(-1)!.data as Poll).status).toBe("open");
});

test("the tick forgets how questions were ranked longer ago than an hour", async () => {
  const { db, sessionId, host, send } = await scene();
  for (const text of ["Old?", "New?"]) {
    const { id } = await send(host, "question:ask", { text, anonymous: false });
    await send(host, "question:upvote", { questionId: id });
  }
  await db.execute(sql`
    update question_rank_changes set at = now() - interval '61 minutes'
    where id = (select min(id) from question_rank_changes where session_id = ${sessionId})`);
  await callInternal(api, "POST", "/internal/tick", 202);
  await api.settled();
  const rows = await db
    .select()
    .from(questionRankChanges)
    .where(eq(questionRankChanges.sessionId, sessionId));
  expect(rows).toMatchObject([{ upvotes: 1, pinned: 0 }]);
});
