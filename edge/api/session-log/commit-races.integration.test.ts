/** Commits of one session that meet: from several processes' pools, by the room and past it, over all features. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenDatabase, openDatabase } from "../../db/open-database.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand, CommitResponse, CommitResult } from "../../protocol/internal-rooms.ts";
import { makeEvent, makeSession, makeUser, makeUsers, seat } from "../streams/test-scene.ts";
import { commitByRoomOrDirectly } from "./command-session.ts";
import { commitSession } from "./commit-session.ts";
import { readLog } from "./session-log-queries.ts";
import { testCommand } from "./test-plan.ts";

let database: TestDatabase;
let pools: OpenDatabase[];
beforeAll(async () => {
  database = await createTestDatabase();
  pools = [1, 2, 3].map(() => openDatabase(database.url, { maxConnections: 3, name: "race" }));
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close(1)));
  await database.drop();
});

async function scene(people: number) {
  const { db } = database;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, { duplicateSeconds: 0 });
  const userIds = await makeUsers(db, people);
  await seat(db, eventId, ...userIds);
  const staff = await makeUser(db, "moderator");
  return { db, eventId, sessionId, userIds, staff };
}
const say = (userId: string, text: string, ref?: string) => testCommand(userId, "chat:send", { text }, ref);
const poolOf = (index: number) => pools[index % pools.length]!.db;

/** The log has every seq once, and each message of the table stands there as it is. */
async function expectWhole(sessionId: string): Promise<void> {
  const { head, events } = await readLog(database.db, sessionId, 0, 5000);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
  expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort());
  const rows = await database.db.execute<{ id: string; seq: string; text: string }>(
    sql`select id, seq, text from chat_messages where session_id = ${sessionId} and state = 'visible' order by seq`,
  );
  const said = events.filter(({ type }) => type === "chat:message").map(({ data }) => data as ChatMessage);
  expect(rows.map(({ id, seq, text }) => [id, Number(seq), text])).toEqual(
    said.map(({ id, seq, text }) => [id, seq, text]),
  );
}

test("batches from several pools follow each other, each whole", async () => {
  const { sessionId, userIds } = await scene(60);
  const responses = await Promise.all(
    Array.from({ length: 30 }, (_, batch) =>
      commitSession(
        poolOf(batch),
        sessionId,
        Array.from({ length: 10 }, (_each, index) =>
          say(userIds[(batch * 2 + index) % 60]!, `${batch}.${index}`),
        ),
      ),
    ),
  );
  await expectWhole(sessionId);
  for (const { firstSeq, events } of responses) {
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => firstSeq + index));
  }
});

test("what goes through a room and what goes past it share one order", async () => {
  const { sessionId, userIds } = await scene(80);
  const room = poolOf(0);
  let isAway = false;
  const pokes: number[] = [];
  const rooms = {
    commandSession: async (id: string, command: CommitCommand): Promise<CommitResult | null> =>
      isAway ? null : (await commitSession(room, id, [command])).results[0]!,
    pokeSession: async (_id: string, head: number) => void pokes.push(head),
  };
  const deps = { rooms: rooms as never, commitDb: poolOf(1), waitUntil: () => {} };
  const results = await Promise.all(
    userIds.map((userId, index) => {
      isAway = index % 3 === 0;
      const command = say(userId, `${index}`, `http:${index}`);
      return index % 2 === 0
        ? commitByRoomOrDirectly(deps, sessionId, command)
        : commitSession(poolOf(2), sessionId, [command]).then((response) => response.results[0]!);
    }),
  );
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
  await expectWhole(sessionId);
  const heads = new Set(results.map((result) => (result.ok ? (result.ack as ChatMessage).seq : 0)));
  expect(heads.size).toBe(80);
  expect(pokes.length).toBeGreaterThan(10);
  for (const head of pokes) expect(heads.has(head), "the room is told of what is really there").toBe(true);
});

test("the same ref through the room and past it at once is one message with one answer", async () => {
  const { sessionId, userIds } = await scene(20);
  const commands = userIds.map((userId) => say(userId, "once", "http:same"));
  const answers = await Promise.all(
    commands.flatMap((command, index) =>
      [0, 1, 2].map((path) => commitSession(poolOf(index + path), sessionId, [command])),
    ),
  );
  const made = answers.flatMap(({ events }) => events);
  expect(made.length).toBe(20);
  for (let index = 0; index < 20; index++) {
    const [first, second, third] = answers.slice(index * 3, index * 3 + 3) as [
      CommitResponse,
      CommitResponse,
      CommitResponse,
    ];
    expect(second.results).toEqual(first.results);
    expect(third.results).toEqual(first.results);
  }
  await expectWhole(sessionId);
});

test("messages, clearing, deletion and review at once leave table and log in agreement", async () => {
  const { db, sessionId, userIds, staff } = await scene(30);
  const first = await commitSession(
    db,
    sessionId,
    userIds.map((userId) => say(userId, "first")),
  );
  const ids = first.results.map((result) => (result.ok ? (result.ack as ChatMessage).id : ""));
  await Promise.all([
    ...ids.flatMap((messageId, index) => [
      commitSession(poolOf(index), sessionId, [testCommand(staff, "chat:delete", { messageId })]),
      commitSession(poolOf(index + 1), sessionId, [
        testCommand(userIds[index]!, "chat:delete", { messageId }),
      ]),
    ]),
    commitSession(poolOf(2), sessionId, [testCommand(staff, "chat:clear", { userId: userIds[3]! })]),
    ...userIds.map((userId, index) => commitSession(poolOf(index), sessionId, [say(userId, "second")])),
  ]);
  const { events } = await readLog(db, sessionId, 0, 5000);
  const deleted = events
    .filter(({ type }) => type === "chat:deleted")
    .map(({ data }) => (data as { messageId: string }).messageId);
  expect(new Set(deleted).size, "a message is deleted once").toBe(deleted.length);
  const left = await db.execute<{ text: string; user_id: string }>(
    sql`select text, user_id from chat_messages where session_id = ${sessionId} and deleted_at is null`,
  );
  expect(left.filter(({ text }) => text === "first")).toEqual([]);
  expect(left.length).toBeGreaterThanOrEqual(29);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
});

test("fifty pins hold however many pin at once", async () => {
  const { db, sessionId, userIds, staff } = await scene(60);
  const said = await commitSession(
    db,
    sessionId,
    userIds.map((userId) => say(userId, "pin me")),
  );
  const ids = said.results.map((result) => (result.ok ? (result.ack as ChatMessage).id : ""));
  const answers = await Promise.all(
    ids.map((messageId, index) =>
      commitSession(poolOf(index), sessionId, [testCommand(staff, "chat:pin", { messageId, pinned: true })]),
    ),
  );
  expect(answers.filter(({ results }) => results[0]?.ok).length).toBe(50);
  const pinned = await db.execute(
    sql`select 1 from chat_messages where session_id = ${sessionId} and pinned`,
  );
  expect(pinned.length).toBe(50);
});

test("one batch may hold every kind of command, and a thousand of them are written together", async () => {
  const { db, sessionId, userIds, staff } = await scene(200);
  const setUp = await commitSession(db, sessionId, [
    say(staff, "pinned"),
    testCommand(staff, "poll:create", {
      question: "Tea?",
      options: ["Yes", "No"],
      multiple: false,
      hideResults: false,
      status: "open",
    }),
    testCommand(staff, "question:ask", { text: "Why?", anonymous: false }),
  ]);
  const [message, poll, question] = setUp.results.map((result) => (result.ok ? result.ack : null)) as [
    ChatMessage,
    { id: string; options: { id: string }[] },
    { id: string },
  ];
  const each = (userId: string): CommitCommand[] => [
    say(userId, `hello from ${userId}`),
    testCommand(userId, "poll:vote", { pollId: poll.id, optionIds: [poll.options[0]!.id] }),
    testCommand(userId, "question:upvote", { questionId: question.id }),
    testCommand(userId, "question:ask", { text: "And then?", anonymous: true }),
    testCommand(userId, "chat:pin", { messageId: message.id, pinned: true }),
  ];
  const commands = userIds.flatMap(each);
  expect(commands.length).toBe(1000);
  const { results, totals, personal } = await commitSession(db, sessionId, commands);
  const codes = results.map((result) => (result.ok ? "ok" : result.problem.type));
  expect(new Set(codes.filter((_, index) => index % 5 !== 4))).toEqual(new Set(["ok"]));
  expect(new Set(codes.filter((_, index) => index % 5 === 4)), "pinning is for staff").toEqual(
    new Set(["/problems/forbidden"]),
  );
  expect(totals).toMatchObject([
    { kind: "poll", total: { pollId: poll.id, totalVotes: 200 } },
    { kind: "question", total: { questionId: question.id, upvotes: 200 } },
  ]);
  expect(personal.length).toBe(400);
  await expectWhole(sessionId);
});

test("another's ref answers nothing of theirs", async () => {
  const { db, sessionId, userIds } = await scene(2);
  const [ada, bob] = userIds as [string, string];
  await commitSession(db, sessionId, [say(ada, "mine", "shared")]);
  const { results } = await commitSession(db, sessionId, [say(bob, "not hers", "shared")]);
  expect(results).toMatchObject([{ ok: true, ack: { text: "not hers", user: { id: bob } } }]);
  for (const ref of ["__proto__", "constructor", "toString"]) {
    const odd = await commitSession(db, sessionId, [
      say(newIdentifier("user"), "nobody", ref),
      say(bob, ref, ref),
    ]);
    expect(
      odd.results.map(({ ok }) => ok),
      ref,
    ).toEqual([false, true]);
  }
});
