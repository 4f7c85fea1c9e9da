import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIdentifier } from "../protocol/identifier.ts";
import { violatedConstraint } from "./constraint-errors.ts";
import { users } from "./schema/accounts-tables.ts";
import { attendees, events, sessionSpeakers, sessions } from "./schema/events-tables.ts";
import { streams } from "./schema/streams-tables.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function makeUser(role: "attendee" | "admin" = "attendee"): Promise<string> {
  const id = newIdentifier("user");
  await database.db.insert(users).values({ id, email: `${id.toLowerCase()}@example.org`, name: "Ada", role });
  return id;
}

async function makeEvent(): Promise<string> {
  const id = newIdentifier("event");
  await database.db.insert(events).values({ id, slug: id, title: "Launch" });
  return id;
}

test("an edit grows the event's version, a join does not, and only what a calendar shows grows its sequence", async () => {
  const { db } = database;
  const id = await makeEvent();
  const read = async () => {
    const [row] = await db.select().from(events).where(eq(events.id, id));
    return [row?.version, row?.calendarSequence, row?.attendeeCount];
  };
  await db.update(events).set({ description: "More" }).where(eq(events.id, id));
  expect(await read()).toEqual([2, 0, 0]);
  await db.update(events).set({ title: "Moved" }).where(eq(events.id, id));
  expect(await read()).toEqual([3, 1, 0]);
  await db.update(events).set({ title: "Moved" }).where(eq(events.id, id));
  expect(await read(), "nothing changed").toEqual([3, 1, 0]);
  await db.insert(attendees).values({ eventId: id, userId: await makeUser() });
  expect(await read()).toEqual([3, 1, 1]);
});

test("a session's version grows with its speakers, and a stream's when it loses its session", async () => {
  const { db } = database;
  const eventId = await makeEvent();
  const id = newIdentifier("session");
  await db.insert(sessions).values({ id, eventId, title: "Keynote" });
  await db.insert(sessionSpeakers).values({ sessionId: id, userId: await makeUser() });
  const [session] = await db.select().from(sessions).where(eq(sessions.id, id));
  expect([session?.version, session?.calendarSequence]).toEqual([2, 0]);
  const streamId = newIdentifier("stream");
  const keyHash = "0".repeat(64);
  await db
    .insert(streams)
    .values({ id: streamId, title: "Main", sessionId: id, keyHash, playbackId: streamId });
  await db.update(streams).set({ viewers: 5 }).where(eq(streams.id, streamId));
  await db.delete(events).where(eq(events.id, eventId));
  const [stream] = await db.select().from(streams).where(eq(streams.id, streamId));
  expect([stream?.version, stream?.sessionId]).toEqual([2, null]);
});

test("two admins who demote each other at once leave one", async () => {
  const { db } = database;
  for (let round = 0; round < 10; round++) {
    const pair = [await makeUser("admin"), await makeUser("admin")];
    const outcomes = await Promise.allSettled(
      pair.map((id) => db.update(users).set({ role: "attendee" }).where(eq(users.id, id))),
    );
    const refused = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    expect(refused.map((error) => violatedConstraint(error)?.constraint)).toEqual(["users_last_admin"]);
    const left = await db.select().from(users).where(eq(users.role, "admin"));
    expect(left).toHaveLength(1);
    await expect(db.delete(users).where(eq(users.role, "admin"))).rejects.toThrow();
    // Makes room for the next round, as only the database's owner can.
    await db.transaction(async (transaction) => {
      await transaction.execute("set local session_replication_role = replica");
      await transaction.delete(users).where(eq(users.role, "admin"));
    });
  }
});
