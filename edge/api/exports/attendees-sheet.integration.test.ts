import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { events } from "../../db/schema/events-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { makeViewerHours } from "../analytics/test-watching.ts";
import { chatScene } from "../chat/test-chat-scene.ts";
import { newToken } from "../streams/test-client.ts";
import { makeEvent } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { fetchSheet } from "./test-export.ts";

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await createTestApi();
  token = await newToken(api, "admin");
});
afterAll(() => api.drop());

test("who had a seat and deleted the account since is one row, with all that was watched and said", async () => {
  const { ada, bob, eventId, sessionId, db } = await chatScene(api);
  await ada.say("Hello");
  await ada.say("Good-bye");
  // Who was at an event that is over keeps the seat.
  await db.update(events).set({ status: "ended" }).where(eq(events.id, eventId));
  const at = new Date();
  const anonymous = newIdentifier("viewer");
  const watched = [ada.id, bob.id, anonymous].map((viewerId, index) => ({
    ...{ viewerId, firstAt: at, lastAt: at, watchedSeconds: 100 + index },
  }));
  await makeViewerHours(db, [eventId, sessionId], watched);
  const read = async () => {
    const { rows } = await fetchSheet(api, token, eventId, "attendees");
    return { all: rows, ada: rows.find((row) => row.watch_seconds === "100")! };
  };
  const before = await read();
  expect(before.all.map(({ viewer_id }) => viewer_id).sort()).toEqual([ada.id, bob.id, anonymous].sort());
  await ada.send("DELETE", `/api/users/${ada.id}`, 204);
  const after = await read();
  const [person] = await db.select().from(users).where(eq(users.id, ada.id));
  expect(after.ada).toEqual({
    ...before.ada,
    ...{ name: "Deleted user", email: "", viewer_id: person!.watchedAs },
  });
  expect(after.ada).toMatchObject({ messages: "2", sessions_attended: "1" });
  const others = ({ all, ada }: typeof before) => all.filter((row) => row !== ada);
  expect(others(after)).toEqual(others(before));
});

test("more seats than a page are all there, of one millisecond and of deleted accounts too", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { status: "ended" });
  const ids = sql`'usr_gone_' || ${eventId} || lpad(number::text, 4, '0')`;
  await db.execute(sql`
    insert into users (id, email, name, deleted_at, watched_as)
    select ${ids}, lower(${ids}), 'Deleted user', now(), 'vwr_gone_' || ${eventId} || lpad((9999 - number)::text, 4, '0')
    from generate_series(1, 501) number`);
  await db.execute(sql`
    insert into attendees (event_id, user_id, joined_at)
    select ${eventId}, ${ids}, ${api.deps.clock().toISOString()}::timestamptz from generate_series(1, 501) number`);
  const { rows } = await fetchSheet(api, token, eventId, "attendees");
  const numbers = rows.map(({ viewer_id }) => 9999 - Number(viewer_id!.slice(-4)));
  expect(numbers).toEqual(Array.from({ length: 501 }, (_, index) => index + 1));
});
