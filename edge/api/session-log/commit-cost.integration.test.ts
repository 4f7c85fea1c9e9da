/** What a commit costs may depend on its batch, never on how much there is in the tables. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenDatabase, openDatabase } from "../../db/open-database.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import { makeEvent, makeSession, makeUser, makeUsers, seat } from "../streams/test-scene.ts";
import { commitSession } from "./commit-session.ts";
import { testCommand } from "./test-plan.ts";

let database: TestDatabase;
/** One connection, so that what it counted is known before it is asked. */
let pool: OpenDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openDatabase(database.url, { maxConnections: 1 });
});
afterAll(async () => {
  await pool.close(1);
  await database.drop();
});

/** How often each table was read from end to end. */
async function wholeReads(): Promise<Record<string, number>> {
  await pool.db.execute(sql`select pg_stat_force_next_flush()`);
  const rows = await pool.db.execute<{ relname: string; seq_scan: string }>(
    sql`select relname, seq_scan from pg_stat_user_tables where schemaname = 'public'`,
  );
  return Object.fromEntries(rows.map(({ relname, seq_scan }) => [relname, Number(seq_scan)]));
}

test("a commit reads no table from end to end, also where the planner was told that they are small", async () => {
  const { db } = pool;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, { slowModeSeconds: 1, duplicateSeconds: 5 });
  const userIds = await makeUsers(db, 300);
  await seat(db, eventId, ...userIds);
  const staff = await makeUser(db, "moderator");
  // Of empty tables of messages, votes and answers.
  await db.execute(sql`analyze`);
  const { results } = await commitSession(db, sessionId, [
    testCommand(staff, "chat:send", { text: "first" }),
    testCommand(staff, "poll:create", {
      question: "Tea?",
      options: ["Yes", "No"],
      multiple: false,
      hideResults: false,
      status: "open",
    }),
    testCommand(staff, "question:ask", { text: "Why?", anonymous: false }),
  ]);
  const [message, poll, question] = results.map((result) => (result.ok ? result.ack : null)) as [
    { id: string },
    { id: string; options: { id: string }[] },
    { id: string },
  ];
  const everything = (userId: string): CommitCommand[] => [
    testCommand(userId, "chat:send", {
      text: `hello from ${userId}`,
      replyTo: message.id,
      mentions: [staff],
    }),
    testCommand(userId, "poll:vote", { pollId: poll.id, optionIds: [poll.options[0]!.id] }),
    testCommand(userId, "question:upvote", { questionId: question.id }),
    testCommand(userId, "question:ask", { text: `and ${userId}?`, anonymous: true }),
  ];
  const moderation = [
    testCommand(staff, "chat:pin", { messageId: message.id, pinned: true }),
    testCommand(staff, "chat:mute", { userId: userIds[0]!, seconds: 60, shadow: false }),
    testCommand(staff, "chat:clear", { userId: userIds[0]! }),
  ];
  const before = await wholeReads();
  for (let index = 0; index < 200; index += 20) {
    const { results: answers } = await commitSession(
      db,
      sessionId,
      userIds.slice(index, index + 20).flatMap(everything),
    );
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
  }
  await commitSession(db, sessionId, moderation);
  const after = await wholeReads();
  const read = Object.keys(after).filter((table) => after[table] !== before[table]);
  // The lock comes before the settings, and these have a row a session.
  const perSession = ["session_logs", "sessions", "events"];
  expect(read.filter((table) => !perSession.includes(table))).toEqual([]);
});
