import { eq } from "drizzle-orm";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { questions } from "../../db/schema/engagement-tables.ts";
import { sessions } from "../../db/schema/events-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { Question } from "../../protocol/questions.ts";
import { readSnapshot } from "../session-log/session-log-queries.ts";
import { call, newToken } from "../streams/test-client.ts";
import { ban, type makeSession } from "../streams/test-scene.ts";
import { sessionScene } from "../streams/test-session-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { readOwnQuestions } from "./own-questions.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

async function scene(members = 2, session: Parameters<typeof makeSession>[2] = {}) {
  const made = await sessionScene(api, members, session);
  const { sessionId, host } = made;
  const ask = async (token: string, body: object, status = 201) =>
    (await call(api, "POST", `/api/questions/session/${sessionId}`, status, { token, body })).body;
  const upvote = async (token: string, id: string, status = 200, method = "POST") =>
    (await call(api, method, `/api/questions/${id}/upvote`, status, { token })).body;
  const change = async (id: string, body: object, status = 200, token = host) =>
    (await call(api, "PATCH", `/api/questions/${id}`, status, { token, body })).body;
  const list = async (token: string, query = ""): Promise<{ items: Question[]; nextCursor: string | null }> =>
    (await call(api, "GET", `/api/questions/session/${sessionId}${query}`, 200, { token })).body;
  return { ...made, ask, upvote, change, list };
}
const textsOf = ({ items }: { items: Question[] }) => items.map(({ text }) => text);

test("a question is asked, upvoted once a person, and the upvote taken back", async () => {
  const { tokens, ask, upvote, list, userIds } = await scene();
  const [ada, bob] = tokens;
  const question = v.parse(Question, await ask(ada, { text: "  Does it run at the edge?  " }));
  expect(question).toMatchObject({
    text: "Does it run at the edge?",
    user: { id: userIds[0] },
    status: "visible",
    upvotes: 0,
    upvoted: false,
  });
  expect(await upvote(bob, question.id)).toEqual({ questionId: question.id, upvotes: 1, upvoted: true });
  expect(await upvote(bob, question.id)).toMatchObject({ upvotes: 1, upvoted: true });
  expect(await upvote(ada, question.id)).toMatchObject({ upvotes: 2 });
  expect((await list(bob)).items).toMatchObject([{ upvotes: 2, upvoted: true }]);
  expect(await upvote(bob, question.id, 200, "DELETE")).toMatchObject({ upvotes: 1, upvoted: false });
  expect(await upvote(bob, question.id, 200, "DELETE")).toMatchObject({ upvotes: 1, upvoted: false });
  expect((await list(bob)).items).toMatchObject([{ upvotes: 1, upvoted: false }]);
});

test("who asks anonymously is shown to nobody, unless the session lets staff see it", async () => {
  const { tokens, ask, list, host, moderator, sessionId, userIds, db } = await scene();
  const [ada, bob] = tokens;
  expect(await ask(ada, { text: "Who am I?", anonymous: true })).toMatchObject({ user: null });
  for (const token of [ada, bob, host, moderator]) {
    expect(JSON.stringify(await list(token))).not.toContain(userIds[0]);
  }
  await db.update(sessions).set({ askersVisibleToStaff: true }).where(eq(sessions.id, sessionId));
  expect(JSON.stringify(await list(moderator)), "what was asked before stays a secret").not.toContain(
    userIds[0],
  );
  await ask(ada, { text: "And now?", anonymous: true });
  expect((await list(moderator, "?sort=new")).items).toMatchObject([
    { text: "And now?", user: null, asker: { id: userIds[0] } },
    { text: "Who am I?", user: null },
  ]);
  for (const token of [ada, bob, host]) expect(JSON.stringify(await list(token))).not.toContain(userIds[0]);
  const { snapshot } = await readSnapshot(db, sessionId);
  expect(JSON.stringify(snapshot.questions), "everyone has the snapshot").not.toContain(userIds[0]);
});

test("a moderated question waits for the team, and its asker alone sees it meanwhile", async () => {
  const { tokens, ask, list, change, upvote, host, sessionId, userIds, db } = await scene(2, {
    questionsModerated: true,
  });
  const [ada, bob] = tokens;
  const question = await ask(ada, { text: "May I?", anonymous: true });
  expect(question).toMatchObject({ status: "pending" });
  expect([(await list(ada)).items, (await list(host)).items]).toEqual([[], []]);
  expect(textsOf(await list(ada, "?status=pending"))).toEqual(["May I?"]);
  expect(textsOf(await list(host, "?status=pending&sort=new"))).toEqual(["May I?"]);
  expect(textsOf(await list(bob, "?status=pending"))).toEqual([]);
  const own = await readOwnQuestions(db, sessionId, userIds);
  expect(own.get(userIds[0]!)).toMatchObject({ asked: [question.id], questions: [{ text: "May I?" }] });
  expect(own.has(userIds[1]!)).toBe(false);
  await upvote(bob, question.id, 404);
  expect(await upvote(ada, question.id, 409)).toMatchObject({ type: "/problems/conflict" });
  await change(question.id, { status: "visible" }, 404, bob);
  await change(question.id, { status: "visible" }, 403, ada);
  await change(question.id, { status: "visible" });
  await upvote(bob, question.id);
  expect((await list(bob)).items).toMatchObject([{ text: "May I?", upvoted: true, user: null }]);
  expect((await readOwnQuestions(db, sessionId, userIds)).get(userIds[1]!)).toMatchObject({
    upvotes: [question.id],
  });
});

test("the team answers, pins and archives; one question is answered at a time", async () => {
  const { tokens, ask, change, list } = await scene();
  const [ada, bob] = tokens;
  const first = await ask(ada, { text: "First?" });
  const second = await ask(bob, { text: "Second?" });
  await change(first.id, { answering: true });
  await change(second.id, { answering: true, pinned: true });
  expect((await list(ada)).items).toMatchObject([
    { id: second.id, answering: true, pinned: true },
    { id: first.id, answering: false },
  ]);
  expect(await change(second.id, { answer: "Because." })).toMatchObject({
    status: "answered",
    answer: "Because.",
    answering: false,
    pinned: true,
  });
  expect(await change(second.id, { status: "archived" })).toMatchObject({ pinned: false });
  expect(textsOf(await list(ada))).toEqual(["First?"]);
  expect(textsOf(await list(ada, "?status=archived"))).toEqual([]);
  expect(textsOf(await list(bob, "?status=archived"))).toEqual(["Second?"]);
  await change(newIdentifier("question"), { pinned: true }, 404);
  await change("__proto__", { pinned: true }, 404);
  for (const bad of [
    { status: "open" },
    { status: "__proto__" },
    { answer: "" },
    { pinned: 1 },
    { answer: 5 },
  ]) {
    expect(await change(first.id, bad, 422)).toMatchObject({ type: "/problems/invalid" });
  }
});

test("top questions keep the order of the first page while people vote, unvote and pin", async () => {
  const { tokens, ask, upvote, change, list, host, db, sessionId } = await scene(6);
  const made: Question[] = [];
  for (let index = 0; index < 12; index++) {
    made.push(await ask(host, { text: `Question ${index}?` }));
    // Times that differ, and some that do not.
    const createdAt = new Date(Date.now() - 60_000 + (index >> 1) * 1000);
    await db.update(questions).set({ createdAt }).where(eq(questions.id, made[index]!.id));
  }
  const give = (token: string, index: number, method = "POST") => upvote(token, made[index]!.id, 200, method);
  for (const [index, count] of [3, 0, 5, 1, 1, 2, 0, 4, 1, 3, 0, 2].entries()) {
    for (const token of tokens.slice(0, count)) await give(token, index);
  }
  await change(made[6]!.id, { pinned: true });
  const atFirst = textsOf(await list(host, "?limit=200"));
  expect(atFirst.slice(0, 4)).toEqual(["Question 6?", "Question 2?", "Question 7?", "Question 9?"]);

  const first = await list(host, "?limit=4");
  const found = textsOf(first);
  let cursor = first.nextCursor;
  const between = [
    // The last becomes the first, one that was shown loses, another is pinned, one that was pinned is no longer.
    () => Promise.all(tokens.map((token) => give(token, 10))),
    () => Promise.all(tokens.slice(0, 5).map((token) => give(token, 2, "DELETE"))),
    async () => {
      await change(made[1]!.id, { pinned: true });
      await change(made[6]!.id, { pinned: false });
      await ask(tokens[0]!, { text: "New?" });
    },
  ];
  while (cursor !== null) {
    await between.shift()?.();
    const page = await list(host, `?limit=3&cursor=${cursor}`);
    found.push(...textsOf(page));
    cursor = page.nextCursor;
  }
  expect(between).toEqual([]);
  // A new one that has no votes may stand at the end, where the list had not come to.
  expect(found.filter((text) => text !== "New?")).toEqual(atFirst);
  expect(textsOf(await list(host, "?limit=2"))).toEqual(["Question 1?", "Question 10?"]);
  const { snapshot } = await readSnapshot(db, sessionId);
  expect(snapshot.questions.map(({ text }) => text)).toEqual(textsOf(await list(host, "?limit=200")));
});

test("the newest first goes on where it stopped, also among questions of one moment", async () => {
  const { ask, list, host, db, sessionId } = await scene();
  for (let index = 0; index < 5; index++) await ask(host, { text: `${index}?` });
  await db.update(questions).set({ createdAt: new Date() }).where(eq(questions.sessionId, sessionId));
  const found: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: Awaited<ReturnType<typeof list>> = await list(
      host,
      `?sort=new&limit=2${cursor && `&cursor=${cursor}`}`,
    );
    found.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(found).toHaveLength(5);
  expect(new Set(found).size).toBe(5);
});

test("what is no cursor of this list is refused", async () => {
  const { host, sessionId } = await scene();
  const encode = (values: unknown) => Buffer.from(JSON.stringify(values)).toString("base64url");
  const id = newIdentifier("question");
  const at = "2026-01-01T00:00:00.000Z";
  for (const cursor of [
    "x",
    encode({}),
    encode(["0", "0", "0", at]),
    encode(["0", "2", "0", at, id]),
    encode(["-1", "0", "0", at, id]),
    encode(["0", "0", "1e9", at, id]),
    encode(["0", "0", "0", "yesterday", id]),
    encode(["0", "0", "0", at, "'; --"]),
    encode([at, id]),
  ]) {
    const path = `/api/questions/session/${sessionId}?cursor=${cursor}`;
    expect((await call(api, "GET", path, 422, { token: host })).body).toMatchObject({
      type: "/problems/invalid",
    });
  }
  await call(api, "GET", `/api/questions/session/${sessionId}?sort=worst`, 422, { token: host });
});

test("a chat message becomes a question by its author, once", async () => {
  const { tokens, sessionId, userIds, host, list } = await scene();
  const path = `/api/questions/session/${sessionId}/from-message`;
  const message = (
    await call(api, "POST", `/api/chat/session/${sessionId}`, 201, {
      token: tokens[0],
      body: { text: "But why?" },
    })
  ).body;
  const body = { messageId: message.id };
  const made = await call(api, "POST", path, 201, { token: host, body });
  expect(made.body).toMatchObject({ text: "But why?", user: { id: userIds[0] }, messageId: message.id });
  expect((await call(api, "POST", path, 201, { token: host, body })).body.id).toBe(made.body.id);
  await call(api, "POST", path, 403, { token: tokens[0], body });
  await call(api, "POST", path, 404, { token: host, body: { messageId: newIdentifier("message") } });
  await call(api, "POST", path, 422, { token: host, body: { messageId: "__proto__" } });
  const elsewhere = await scene();
  await call(api, "POST", `/api/questions/session/${elsewhere.sessionId}/from-message`, 404, {
    token: elsewhere.host,
    body,
  });
  await call(api, "DELETE", `/api/chat/${message.id}`, 204, { token: tokens[0] });
  expect(textsOf(await list(host)), "the question stays").toEqual(["But why?"]);
});

test("what nobody could read, or is too long, is no question", async () => {
  const { tokens, ask } = await scene();
  for (const text of [
    "",
    "   ",
    "\u200b\u200d",
    "x".repeat(501),
    "a\u0000b",
    "\ud800",
    5,
    null,
    { length: 3 },
  ]) {
    expect(await ask(tokens[0], { text }, 422)).toMatchObject({ type: "/problems/invalid" });
  }
  const family = "👩‍👩‍👧‍👦".repeat(500);
  expect(await ask(tokens[0], { text: family })).toMatchObject({ text: family });
});

test("questions that come too fast are told when to come again", async () => {
  const { tokens, ask, list } = await scene();
  for (let index = 0; index < 5; index++) await ask(tokens[0], { text: `${index}?` });
  const refused = await ask(tokens[0], { text: "6?" }, 429);
  expect(refused.retryAfterSeconds).toBeGreaterThan(30);
  expect((await list(tokens[0])).items).toHaveLength(5);
});

test("questions that are switched off take no questions and no upvotes; strangers and the banned take no part", async () => {
  const { tokens, ask, upvote, db, sessionId, eventId, userIds, list } = await scene();
  const [ada, bob] = tokens;
  const question = await ask(ada, { text: "Why?" });
  const stranger = await newToken(api);
  await ask(stranger, { text: "Me too?" }, 403);
  await upvote(stranger, question.id, 403);
  await ban(db, eventId, userIds[1]!);
  expect(await upvote(bob, question.id, 403)).toMatchObject({ type: "/problems/banned" });
  expect(await ask(bob, { text: "Why me?" }, 403)).toMatchObject({ type: "/problems/banned" });
  await db.update(sessions).set({ questionsEnabled: false }).where(eq(sessions.id, sessionId));
  expect(await ask(ada, { text: "Still?" }, 409)).toMatchObject({ type: "/problems/questions-disabled" });
  expect(await upvote(ada, question.id, 409)).toMatchObject({ type: "/problems/questions-disabled" });
  expect((await list(ada)).items).toMatchObject([{ upvotes: 0 }]);
});
