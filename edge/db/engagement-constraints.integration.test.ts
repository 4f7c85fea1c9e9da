import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIdentifier } from "../protocol/identifier.ts";
import { violatedConstraint } from "./constraint-errors.ts";
import { users } from "./schema/accounts-tables.ts";
import { pollOptions, polls, pollVotes, questions, questionUpvotes } from "./schema/engagement-tables.ts";
import { events, sessions } from "./schema/events-tables.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
let sessionId: string;
let userId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const eventId = newIdentifier("event");
  sessionId = newIdentifier("session");
  userId = newIdentifier("user");
  await db.insert(events).values({ id: eventId, slug: eventId, title: "Launch" });
  await db.insert(sessions).values({ id: sessionId, eventId, title: "Keynote" });
  await db.insert(users).values({ id: userId, email: "ada@example.org", name: "Ada", passwordHash: "x" });
});
afterAll(() => database.drop());

const refusedBy = async (work: PromiseLike<unknown>) => {
  const error: unknown = await Promise.resolve(work).then(
    () => null,
    (reason: unknown) => reason,
  );
  return violatedConstraint(error)?.constraint ?? null;
};
async function makePoll() {
  const [pollId, optionId] = [newIdentifier("poll"), newIdentifier("pollOption")];
  await database.db.insert(polls).values({ id: pollId, sessionId, question: "Tea?" });
  await database.db.insert(pollOptions).values({ id: optionId, pollId, position: 0, text: "Yes" });
  return { pollId, optionId, userId };
}
async function makeQuestion(more: Partial<typeof questions.$inferInsert> = {}) {
  const id = newIdentifier("question");
  await database.db.insert(questions).values({ id, sessionId, userId, text: "Why?", ...more });
  return id;
}

test("nobody ticks an option twice, nor one of another poll, whatever the code does", async () => {
  const { db } = database;
  const [poll, other] = [await makePoll(), await makePoll()];
  await db.insert(pollVotes).values(poll);
  expect(await refusedBy(db.insert(pollVotes).values(poll))).toBe("poll_votes_pkey");
  expect(await refusedBy(db.insert(pollVotes).values({ ...poll, optionId: other.optionId }))).toBe(
    "poll_votes_option_is_of_poll",
  );
});

test("nobody upvotes a question twice, and no figure falls below zero", async () => {
  const { db } = database;
  const questionId = await makeQuestion();
  await db.insert(questionUpvotes).values({ questionId, userId });
  expect(await refusedBy(db.insert(questionUpvotes).values({ questionId, userId }))).toBe(
    "question_upvotes_pkey",
  );
  expect(await refusedBy(db.execute(sql`update questions set upvotes = -1 where id = ${questionId}`))).toBe(
    "questions_upvotes",
  );
  const { pollId } = await makePoll();
  expect(await refusedBy(db.execute(sql`update polls set voters = -1 where id = ${pollId}`))).toBe(
    "polls_voters",
  );
  expect(await refusedBy(db.execute(sql`update poll_options set votes = -1 where poll_id = ${pollId}`))).toBe(
    "poll_options_votes",
  );
});

test("one question of a session is being answered, and a message is one question", async () => {
  await makeQuestion({ answering: true });
  expect(await refusedBy(makeQuestion({ answering: true }))).toBe("questions_one_is_being_answered");
  const messageId = newIdentifier("message");
  await database.db.execute(sql`
    insert into chat_messages (id, session_id, seq, user_id, text) values (${messageId}, ${sessionId}, 1, ${userId}, 'x')`);
  await makeQuestion({ messageId });
  expect(await refusedBy(makeQuestion({ messageId }))).toBe("questions_of_message");
});
