/** Sheets of more rows than are read at a time, and what happens while they are read. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPublicApp } from "../app.ts";
import { call, newToken } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { fetchSheet } from "./test-export.ts";

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await createTestApi();
  token = await newToken(api, "admin");
});
afterAll(() => api.drop());

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
  const { rows } = await fetchSheet(api, token, eventId, "chat");
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
  const anew = await fetchSheet(api, token, eventId, "questions");
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
