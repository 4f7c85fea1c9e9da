import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import { Problem } from "../../protocol/problem.ts";
import { ban, makeEvent, makeSession, makeUser, makeUsers, seat } from "../streams/test-scene.ts";
import { forgetOldAnswers } from "./commit-queries.ts";
import { commitSession } from "./commit-session.ts";
import { readLog, readSnapshot } from "./session-log-queries.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function scene(people = 1, session: Parameters<typeof makeSession>[2] = {}) {
  const { db } = database;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, session);
  const userIds = await makeUsers(db, people);
  await seat(db, eventId, ...userIds);
  return { db, eventId, sessionId, userIds, userId: userIds[0]! };
}

const say = (userId: string, text: string, ref = newIdentifier("request")): CommitCommand => ({
  userId,
  ref,
  type: "chat:send",
  data: { text },
});
const reply = (userId: string, text: string, replyTo: string): CommitCommand => ({
  userId,
  ref: newIdentifier("request"),
  type: "chat:send",
  data: { text, replyTo },
});
const outcome = (result: { ok: boolean; problem?: { type: string } } | undefined) =>
  result?.ok ? "ok" : result?.problem?.type;

test("a batch becomes events, messages and acks with rising seq", async () => {
  const { db, sessionId, userIds } = await scene(3);
  const response = await commitSession(
    db,
    sessionId,
    userIds.map((userId, index) => say(userId, `message ${index}`)),
  );
  expect(response.firstSeq).toBe(1);
  expect(response.events.map((event) => event.seq)).toEqual([1, 2, 3]);
  expect(response.results.map((result) => result.ok && result.ack)).toEqual(
    response.events.map((event) => event.data),
  );
  expect(await readLog(db, sessionId, 0, 10)).toEqual({ head: 3, events: response.events });
  const { snapshot, seq } = await readSnapshot(db, sessionId);
  expect(seq).toBe(3);
  expect(snapshot.messages).toEqual(response.events.map((event) => event.data));
});

test("many commits at once leave no hole and no double", async () => {
  const { db, sessionId, userIds } = await scene(40);
  const responses = await Promise.all(
    Array.from({ length: 40 }, (_, batch) =>
      commitSession(
        db,
        sessionId,
        [0, 1, 2, 3, 4].map((n) => say(userIds[(batch + n * 7) % 40]!, `${batch}.${n}`)),
      ),
    ),
  );
  const accepted = responses.flatMap((response) => response.events.map((event) => event.seq));
  const expected = Array.from({ length: 200 }, (_, index) => index + 1);
  expect(accepted.sort((a, b) => a - b)).toEqual(expected);
  const log = await readLog(db, sessionId, 0, 1000);
  expect(log.head).toBe(200);
  expect(log.events.map((event) => event.seq)).toEqual(expected);
  const times = log.events.map((event) => event.at);
  expect(times, "times rise with seq").toEqual([...times].sort());
  for (const { firstSeq, events } of responses) expect(events[0]?.seq).toBe(firstSeq);
});

test("a retried ref answers as the first did, in any session, and does nothing twice", async () => {
  const { db, eventId, sessionId, userId } = await scene();
  const other = await makeSession(db, eventId);
  const command = say(userId, "once");
  const first = await commitSession(db, sessionId, [command]);
  const again = await commitSession(db, sessionId, [command]);
  const elsewhere = await commitSession(db, other, [command]);
  expect(again).toEqual({ firstSeq: 2, events: [], totals: [], personal: [], results: first.results });
  expect(elsewhere).toEqual({ firstSeq: 1, events: [], totals: [], personal: [], results: first.results });
});

test("the same ref sent many times at once is one message", async () => {
  const { db, eventId, sessionId, userId } = await scene();
  const other = await makeSession(db, eventId);
  const commands = Array.from({ length: 6 }, (_, index) => say(userId, `ref ${index}`, `${index}-${userId}`));
  // Two sessions take the same refs in opposite order: neither may deadlock nor double.
  const responses = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      commitSession(
        db,
        index % 2 ? other : sessionId,
        (index % 2 ? [...commands].reverse() : commands).slice(0, 5),
      ),
    ),
  );
  const made = responses.flatMap((response) =>
    response.events.map((event) => (event.data as { text: string }).text),
  );
  expect(made.length).toBe(new Set(made).size);
  const rows = await db.execute(sql`select 1 from chat_messages where user_id = ${userId}`);
  expect(rows.length).toBe(made.length);
});

test("another user's ref does not collide, and the same ref twice in a batch is one command", async () => {
  const { db, sessionId, userIds } = await scene(2);
  const [a, b] = [userIds[0]!, userIds[1]!];
  const response = await commitSession(db, sessionId, [
    say(a, "A", "1"),
    say(a, "A again", "1"),
    say(b, "B", "1"),
  ]);
  expect(response.events.map((event) => (event.data as { text: string }).text)).toEqual(["A", "B"]);
  expect(response.results[1]).toEqual(response.results[0]);
});

test("a ref is free again after 24 hours, and old ones are forgotten", async () => {
  const { db, sessionId, userIds } = await scene(2);
  await commitSession(db, sessionId, [say(userIds[0]!, "old", "1"), say(userIds[1]!, "older", "2")]);
  await db.execute(
    sql`update session_commands set created_at = now() - interval '25 hours' where session_id = ${sessionId}`,
  );
  const response = await commitSession(db, sessionId, [say(userIds[0]!, "new", "1")]);
  expect(response.events.length).toBe(1);
  await forgetOldAnswers(db);
  const rows = await db.execute<{ ref: string }>(
    sql`select ref from session_commands where session_id = ${sessionId}`,
  );
  expect(rows.map((row) => row.ref)).toEqual(["1"]);
});

test("bad commands inside a good batch are their own problems", async () => {
  const { db, eventId, sessionId, userIds } = await scene(3);
  const [good, banned, hasty] = userIds as [string, string, string];
  await ban(db, eventId, banned);
  const outsider = await makeUser(db);
  const staff = await makeUser(db, "moderator");
  const elsewhere = await makeSession(db, eventId);
  const foreign = await commitSession(db, elsewhere, [say(good, "elsewhere")]);
  const foreignId = (foreign.events[0]!.data as { id: string }).id;
  for (const text of ["1", "2", "3", "4", "5"]) await commitSession(db, sessionId, [say(hasty, text)]);

  const response = await commitSession(db, sessionId, [
    say(good, "first"),
    say(outsider, "x"),
    say(banned, "x"),
    say(newIdentifier("user"), "x"),
    say(hasty, "x"),
    reply(good, "reply", foreignId),
    say(staff, "last"),
  ]);
  expect(response.results.map(outcome)).toEqual([
    "ok",
    "/problems/forbidden",
    "/problems/banned",
    "/problems/unauthenticated",
    "/problems/too-many-requests",
    "/problems/invalid",
    "ok",
  ]);
  expect(response.events.map((event) => event.seq)).toEqual([6, 7]);
});

test("chat that is switched off, and slow mode, refuse with their own words", async () => {
  const silent = await scene(1, { chatEnabled: false });
  const refused = await commitSession(silent.db, silent.sessionId, [say(silent.userId, "x")]);
  expect(refused.results.map(outcome)).toEqual(["/problems/chat-disabled"]);
  const slow = await scene(1, { slowModeSeconds: 60 });
  await commitSession(slow.db, slow.sessionId, [say(slow.userId, "one")]);
  const second = await commitSession(slow.db, slow.sessionId, [say(slow.userId, "two")]);
  const result = second.results[0];
  expect(!result?.ok && result?.problem.retryAfterSeconds).toBeGreaterThan(50);
});

test("a reply to a message of this session is kept, to a deleted one refused", async () => {
  const { db, sessionId, userId } = await scene();
  const { events } = await commitSession(db, sessionId, [say(userId, "question")]);
  const id = (events[0]!.data as { id: string }).id;
  const kept = await commitSession(db, sessionId, [reply(userId, "answer", id)]);
  expect(kept.events[0]?.data).toMatchObject({ replyTo: id });
  await db.execute(sql`update chat_messages set deleted_at = now() where id = ${id}`);
  expect((await commitSession(db, sessionId, [reply(userId, "answer", id)])).results.map(outcome)).toEqual([
    "/problems/invalid",
  ]);
  const { snapshot } = await readSnapshot(db, sessionId);
  expect(snapshot.messages.map((message) => message.text)).toEqual(["answer"]);
});

test("people who vanish while a batch is written do not take it with them", async () => {
  const { db, sessionId, userIds } = await scene(60);
  const [commits] = await Promise.all([
    Promise.all(
      Array.from({ length: 6 }, (_, batch) =>
        commitSession(
          db,
          sessionId,
          userIds.slice(batch * 10, batch * 10 + 10).map((id) => say(id, "hello")),
        ),
      ),
    ),
    db.execute(sql`delete from users where id in (${userIds[5]}, ${userIds[25]}, ${userIds[55]})`),
  ]);
  for (const { results } of commits) {
    for (const result of results) expect(["ok", "/problems/unauthenticated"]).toContain(outcome(result));
  }
  const log = await readLog(db, sessionId, 0, 1000);
  expect(log.events.map((event) => event.seq)).toEqual(
    Array.from({ length: log.head }, (_, index) => index + 1),
  );
});

test("a thousand commands are one batch like any other", async () => {
  const { db, sessionId, userIds } = await scene(250);
  const commands = Array.from({ length: 1000 }, (_, index) => say(userIds[index % 250]!, `message ${index}`));
  const response = await commitSession(db, sessionId, commands);
  expect(response.results.filter((result) => !result.ok)).toEqual([]);
  expect(response.events.length).toBe(1000);
  const again = await commitSession(db, sessionId, commands);
  expect(again).toEqual({ firstSeq: 1001, events: [], totals: [], personal: [], results: response.results });
});

test("an absent session is not there", async () => {
  const sessionId = newIdentifier("session");
  const refusals = await Promise.allSettled([
    commitSession(database.db, sessionId, [say(newIdentifier("user"), "x")]),
    readLog(database.db, sessionId, 0, 10),
    readSnapshot(database.db, sessionId),
  ]);
  for (const refusal of refusals) {
    expect(refusal.status === "rejected" && refusal.reason).toBeInstanceOf(Problem);
  }
});

test("the log is read page by page behind a seq", async () => {
  const { db, sessionId, userIds } = await scene(7);
  await commitSession(
    db,
    sessionId,
    userIds.map((userId) => say(userId, "x")),
  );
  const page = await readLog(db, sessionId, 2, 3);
  expect(page.head).toBe(7);
  expect(page.events.map((event) => event.seq)).toEqual([3, 4, 5]);
  expect(await readLog(db, sessionId, 7, 3)).toEqual({ head: 7, events: [] });
});
