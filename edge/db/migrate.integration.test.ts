import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIdentifier } from "../protocol/identifier.ts";
import { violatedConstraint } from "./constraint-errors.ts";
import { migrateDatabase } from "./migrate.ts";
import { users } from "./schema/accounts-tables.ts";
import { attendees, events } from "./schema/events-tables.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function makeUser(): Promise<string> {
  const id = newIdentifier("user");
  await database.db
    .insert(users)
    .values({ id, email: `${id.toLowerCase()}@example.org`, name: "Ada", passwordHash: "x" });
  return id;
}

async function makeEvent(maxAttendees: number | null): Promise<string> {
  const id = newIdentifier("event");
  await database.db.insert(events).values({ id, slug: id, title: "Launch", maxAttendees });
  return id;
}

async function attendeeCount(eventId: string): Promise<number | undefined> {
  const rows = await database.db.select().from(events).where(sql`${events.id} = ${eventId}`);
  return rows[0]?.attendeeCount;
}

test("migrating twice at once does the work once", async () => {
  await database.db.execute(sql`drop schema public cascade`);
  await database.db.execute(sql`drop schema drizzle cascade`);
  await database.db.execute(sql`create schema public`);
  await Promise.all([migrateDatabase(database.url), migrateDatabase(database.url)]);
  const applied = await database.db.execute(sql`select hash from drizzle.__drizzle_migrations`);
  expect(new Set(applied.map((row) => row.hash)).size).toBe(applied.length);
});

test("a taken email is refused by the constraint's name", async () => {
  const email = `${newIdentifier("user").toLowerCase()}@example.org`;
  const row = () => ({ id: newIdentifier("user"), email, name: "Ada", passwordHash: "x" });
  await database.db.insert(users).values(row());
  const error = await database.db
    .insert(users)
    .values(row())
    .catch((reason: unknown) => reason);
  expect(violatedConstraint(error)).toEqual({ kind: "unique", constraint: "users_email_taken" });
});

test("the capacity of an event holds under simultaneous joins", async () => {
  const eventId = await makeEvent(3);
  const people = await Promise.all(Array.from({ length: 8 }, makeUser));
  const joins = await Promise.allSettled(
    people.map((userId) => database.db.insert(attendees).values({ eventId, userId })),
  );
  expect(joins.filter((join) => join.status === "fulfilled")).toHaveLength(3);
  for (const join of joins) {
    if (join.status === "rejected")
      expect(violatedConstraint(join.reason)?.constraint).toBe("events_capacity");
  }
  expect(await attendeeCount(eventId)).toBe(3);
});

test("a deleted user gives the seat back", async () => {
  const eventId = await makeEvent(1);
  const userId = await makeUser();
  await database.db.insert(attendees).values({ eventId, userId });
  await database.db.delete(users).where(sql`${users.id} = ${userId}`);
  expect(await attendeeCount(eventId)).toBe(0);
});
