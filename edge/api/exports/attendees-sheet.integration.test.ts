import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { attendees, events } from "../../db/schema/events-tables.ts";
import type { ExportSheet } from "../../protocol/exports.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { makeRollUps, makeViewerHours } from "../analytics/test-watching.ts";
import { chatScene } from "../chat/test-chat-scene.ts";
import { newToken } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { fetchSheet, type SheetRow } from "./test-export.ts";

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await createTestApi();
  token = await newToken(api, "admin");
});
afterAll(() => api.drop());

const sheet = (eventId: string, name: ExportSheet) => fetchSheet(api, token, eventId, name);

test("attendees are everybody with a seat, and whoever came without one", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const at = new Date("2025-04-01T10:00:00.000Z");
  const sessionId = await makeSession(db, eventId, {
    status: "ended",
    startsAt: at,
    endsAt: new Date(at.getTime() + 400_000),
  });
  const [came, stayedAway, guest] = [await makeUser(db), await makeUser(db), await makeUser(db)];
  const anonymous = newIdentifier("viewer");
  // Not `seat` twice: that may be within one millisecond, where the id decides.
  await db.insert(attendees).values([
    { eventId, userId: came, joinedAt: at },
    { eventId, userId: stayedAway, joinedAt: new Date(at.getTime() + 1) },
  ]);
  const lastAt = new Date(at.getTime() + 200_000);
  const viewers = [came, guest, anonymous].map((viewerId) => ({
    viewerId,
    firstAt: at,
    lastAt,
    watchedSeconds: 100,
  }));
  await makeViewerHours(db, [eventId, sessionId], viewers);
  const sums = { at, viewers: 3, watchedSeconds: 300 };
  await makeRollUps(
    db,
    [eventId, sessionId],
    [
      { span: "minute", ...sums },
      { span: "hour", ...sums },
    ],
  );
  const { rows } = await sheet(eventId, "attendees");
  expect(rows.map((row) => row.viewer_id)).toEqual([came, stayedAway, ...[guest, anonymous].sort()]);
  const row = (id: string) => rows.find(({ viewer_id }) => viewer_id === id) as SheetRow;
  expect(row(came)).toMatchObject({
    name: "Ada",
    email: `${came.toLowerCase()}@example.org`,
    role: "attendee",
    first_seen_at: at.toISOString(),
    last_seen_at: lastAt.toISOString(),
    watch_seconds: "100",
    watch_share: "0.25",
    sessions_attended: "1",
  });
  expect(Number(row(came).engagement_score)).toBeGreaterThan(0);
  expect(row(stayedAway)).toMatchObject({ first_seen_at: "", watch_seconds: "0", sessions_attended: "0" });
  expect(row(stayedAway).joined_at).not.toBe("");
  expect(row(guest)).toMatchObject({ name: "Ada", joined_at: "", watch_seconds: "100" });
  expect(row(anonymous)).toMatchObject({ name: "", email: "", role: "", watch_seconds: "100" });
  const watched = await sheet(eventId, "watch");
  expect(
    watched.rows.map(({ session, viewer_id, watch_seconds }) => [session, viewer_id, watch_seconds]),
  ).toEqual([came, guest, anonymous].sort().map((id) => ["Keynote", id, "100"]));
  const summary = await sheet(eventId, "summary");
  expect(summary.rows.map((each) => [each.of, each.title, each.unique_viewers, each.watch_seconds])).toEqual([
    ["event", "Launch", "3", "300"],
    ["session", "Keynote", "3", "300"],
  ]);
  expect((await sheet(eventId, "viewers")).rows).toMatchObject([{ at: at.toISOString(), viewers: "3" }]);
  expect(summary.rows[0]).toMatchObject({ seats: "2", seats_taken: "1", signed_in_viewers: "2" });
});

test("the attendees' sheet does not tell who asked anonymously", async () => {
  const { ada, sessionId, eventId, db } = await chatScene(api, { members: 1 });
  const at = new Date();
  await makeViewerHours(
    db,
    [eventId, sessionId],
    [{ viewerId: ada.id, firstAt: at, lastAt: at, watchedSeconds: 1 }],
  );
  const rowOfAda = async () =>
    (await sheet(eventId, "attendees")).rows.find(({ viewer_id }) => viewer_id === ada.id);
  const before = await rowOfAda();
  await ada.send("POST", `/api/questions/session/${sessionId}`, 201, { text: "Why?", anonymous: true });
  expect(await rowOfAda()).toEqual(before);
  await ada.send("POST", `/api/questions/session/${sessionId}`, 201, { text: "How?" });
  expect(await rowOfAda()).toMatchObject({ questions: "1" });
});

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
    const { rows } = await sheet(eventId, "attendees");
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
  const { rows } = await sheet(eventId, "attendees");
  const numbers = rows.map(({ viewer_id }) => 9999 - Number(viewer_id!.slice(-4)));
  expect(numbers).toEqual(Array.from({ length: 501 }, (_, index) => index + 1));
});
