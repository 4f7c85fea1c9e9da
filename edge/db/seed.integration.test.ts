import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "./schema/accounts-tables.ts";
import { events } from "./schema/events-tables.ts";
import { streams } from "./schema/streams-tables.ts";
import { seedDatabase } from "./seed.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const settings = {
  adminEmail: "admin@example.org",
  hashPassword: async (password: string) => `hash of ${password}`,
};

test("the first of two simultaneous seeds makes an admin and a demo, the other finds them", async () => {
  const seeds = await Promise.all([seedDatabase(database.db, settings), seedDatabase(database.db, settings)]);
  const first = seeds.find((seed) => seed.created);
  const second = seeds.find((seed) => !seed.created);
  expect(second?.demo).toEqual(first?.demo);
  expect(first?.created?.streamKey).toMatch(/^sk_[\w-]{32}$/);
  const admins = await database.db.select().from(users).where(eq(users.role, "admin"));
  expect(admins.map((admin) => admin.passwordHash)).toEqual([`hash of ${first?.created?.adminPassword}`]);
  const kept = JSON.stringify(await database.db.select().from(streams));
  expect(kept).not.toContain(first?.created?.streamKey);
});

test("a demo that was deleted does not come back", async () => {
  await database.db.delete(events);
  expect(await seedDatabase(database.db, settings)).toEqual({ created: null, demo: null });
});
