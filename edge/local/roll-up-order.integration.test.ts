import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeRawLog } from "../api/analytics/test-raw-log.ts";
import { viewerHours } from "../db/schema/watching-tables.ts";
import { createTestDatabase, type TestDatabase } from "../db/test-database.ts";
import { newIdentifier } from "../protocol/identifier.ts";
import { runAdmin } from "./admin.ts";
import { StartRefusal } from "./start-refusal.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function rollUp(...args: string[]): Promise<string> {
  const said: string[] = [];
  await runAdmin(["roll-up", ...args], { DATABASE_URL: database.url }, (text) => void said.push(text)).catch(
    (error: unknown) => {
      if (!(error instanceof StartRefusal)) throw error;
      said.push(`refused: ${error.message}`);
    },
  );
  return said.join("\n");
}

test("an operator rolls an event up, whole or from hour to hour, as often as they like", async () => {
  const from = new Date("2026-03-01T10:40:00Z");
  const { eventId } = await makeRawLog(database.db, { seed: 50, viewers: 8, from, minutes: 40 });
  const rows = () =>
    database.db
      .select()
      .from(viewerHours)
      .where(eq(viewerHours.scopeId, eventId))
      .orderBy(viewerHours.viewerId, viewerHours.hour);
  expect(await rollUp(eventId, "2026-03-01T10:45Z", "2026-03-01T10:50Z")).toBe(
    '"Launch" is rolled up anew from 2026-03-01T10:00:00.000Z to 2026-03-01T11:00:00.000Z.',
  );
  const hour = await rows();
  expect(hour.length).toBeGreaterThan(0);
  expect(await rollUp(eventId)).toContain("to 2026-03-01T12:00:00.000Z");
  const whole = await rows();
  expect(whole.length).toBeGreaterThan(hour.length);
  await rollUp(eventId);
  expect(await rows()).toEqual(whole);
  expect(await rollUp(eventId, "2027-01-01T00:00Z")).toContain("as they were");
});

test("what is not an event or a time is refused in a sentence", async () => {
  expect(await rollUp()).toContain("npm run admin -- roll-up EVENT");
  expect(await rollUp("Launch")).toBe('refused: "Launch" is not the id of an event (evt_…).');
  expect(await rollUp(newIdentifier("event"))).toMatch(/^refused: There is no event evt_/);
  expect(await rollUp(newIdentifier("event"), "yesterday")).toContain("is not a time like");
  expect(await rollUp(newIdentifier("event"), "2026-03-01T10:00")).toContain("is not a time like");
});
