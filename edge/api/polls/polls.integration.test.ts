import { eq } from "drizzle-orm";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { polls } from "../../db/schema/engagement-tables.ts";
import { sessions } from "../../db/schema/events-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { Poll } from "../../protocol/polls.ts";
import { commitSession } from "../session-log/commit-session.ts";
import { call } from "../streams/test-client.ts";
import { ban, type makeSession, seat } from "../streams/test-scene.ts";
import { sessionScene } from "../streams/test-session-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

async function scene(members = 2, session: Parameters<typeof makeSession>[2] = {}) {
  const made = await sessionScene(api, members, session);
  const { sessionId, host } = made;
  const create = async (more: object = {}, status = 201) =>
    (
      await call(api, "POST", "/api/polls", status, {
        token: host,
        body: { sessionId, question: "Tea or coffee?", options: ["Tea", "Coffee"], ...more },
      })
    ).body;
  const vote = async (token: string, poll: Poll, indexes: number[], status = 200) => {
    const optionIds = indexes.map((index) => poll.options[index]!.id);
    return (await call(api, "POST", `/api/polls/${poll.id}/vote`, status, { token, body: { optionIds } }))
      .body;
  };
  const read = async (token: string, poll: Poll): Promise<Poll> =>
    (await call(api, "GET", `/api/polls/${poll.id}`, 200, { token })).body;
  const change = async (poll: Poll, body: object, status = 200) =>
    (await call(api, "PATCH", `/api/polls/${poll.id}`, status, { token: host, body })).body;
  const list = async (token: string, query = "") =>
    (await call(api, "GET", `/api/polls/session/${sessionId}${query}`, 200, { token })).body;
  return { ...made, create, vote, read, change, list };
}

/** As though its time had come: waiting for it would be waiting by the clock. */
async function lapse(poll: Poll): Promise<void> {
  await api.deps.db
    .update(polls)
    .set({ closesAt: new Date(Date.now() - 1) })
    .where(eq(polls.id, poll.id));
}

test("a poll is created open, voted in, and its votes change", async () => {
  const { tokens, create, vote, read, list, host } = await scene();
  const poll = v.parse(Poll, await create());
  expect(poll).toMatchObject({
    status: "open",
    totalVotes: 0,
    myVote: null,
    multiple: false,
    closesAt: null,
  });
  const [ada, bob] = tokens as [string, string];
  expect(await vote(ada, poll, [0])).toMatchObject({
    totalVotes: 1,
    myVote: [poll.options[0]!.id],
    options: [{ votes: 1 }, { votes: 0 }],
  });
  await vote(bob, poll, [0]);
  expect(await vote(ada, poll, [1])).toMatchObject({ totalVotes: 2, options: [{ votes: 1 }, { votes: 1 }] });
  expect(await read(host, poll)).toMatchObject({ totalVotes: 2, myVote: null });
  expect((await list(bob)).items).toMatchObject([{ id: poll.id, myVote: [poll.options[0]!.id] }]);
});

test("hidden results are seen by who has voted and by the team, and by all when it is closed", async () => {
  const { tokens, create, vote, read, change, host } = await scene();
  const poll = await create({ hideResults: true });
  const [ada, bob] = tokens as [string, string];
  await vote(ada, poll, [0]);
  const hidden = { totalVotes: 1, options: [{ votes: null }, { votes: null }] };
  const shown = { totalVotes: 1, options: [{ votes: 1 }, { votes: 0 }] };
  expect(await read(ada, poll)).toMatchObject(shown);
  expect(await read(host, poll)).toMatchObject(shown);
  expect(await read(bob, poll)).toMatchObject(hidden);
  await change(poll, { status: "closed" });
  expect(await read(bob, poll)).toMatchObject({ ...shown, status: "closed" });
});

test("past its time a poll is closed for whoever asks, although its row says open", async () => {
  const { tokens, create, vote, read, list } = await scene();
  const poll = await create({ hideResults: true, closesAt: new Date(Date.now() + 60_000).toISOString() });
  const [ada, bob] = tokens as [string, string];
  await vote(ada, poll, [1]);
  await lapse(poll);
  expect(await vote(bob, poll, [0], 409)).toMatchObject({ type: "/problems/poll-not-open" });
  expect(await read(bob, poll)).toMatchObject({ status: "closed", options: [{ votes: 0 }, { votes: 1 }] });
  expect((await list(bob, "?status=closed")).items).toHaveLength(1);
  expect((await list(bob, "?status=open")).items).toEqual([]);
});

test("opened again after its time, a poll waits for somebody to close it", async () => {
  const { tokens, create, vote, change } = await scene();
  const poll = await create({ closesAt: new Date(Date.now() + 60_000).toISOString() });
  await lapse(poll);
  expect(await change(poll, { status: "open" })).toMatchObject({ status: "open", closesAt: null });
  await vote(tokens[0]!, poll, [0]);
});

test("votes that cannot count are refused with what is wrong", async () => {
  const { tokens, create, vote, change, read } = await scene();
  const elsewhere = await scene(1);
  const poll = await create();
  const other = await create({ question: "Else?" });
  const foreign = await elsewhere.create();
  const [ada] = tokens;
  const send = async (pollId: string, optionIds: unknown, status: number) =>
    (await call(api, "POST", `/api/polls/${pollId}/vote`, status, { token: ada, body: { optionIds } })).body;
  const option = poll.options[0]!.id;

  expect(await send(poll.id, [other.options[0].id], 422)).toMatchObject({
    errors: [{ pointer: "/optionIds/0", detail: "is not an option of this poll" }],
  });
  expect(await send(poll.id, [foreign.options[0].id], 422)).toMatchObject({ type: "/problems/invalid" });
  for (const none of [
    [],
    [option, option],
    ["__proto__"],
    [null],
    "constructor",
    {},
    null,
    undefined,
    [option, 1],
  ]) {
    expect(await send(poll.id, none, 422)).toMatchObject({ type: "/problems/invalid" });
  }
  expect(
    await send(
      poll.id,
      poll.options.map(({ id }: { id: string }) => id),
      422,
    ),
  ).toMatchObject({
    errors: [{ pointer: "/optionIds", detail: "must be one option" }],
  });
  expect(
    await send(
      poll.id,
      Array.from({ length: 21 }, () => newIdentifier("pollOption")),
      422,
    ),
  ).toMatchObject({
    type: "/problems/invalid",
  });
  await send(newIdentifier("poll"), [option], 404);
  await send("__proto__", [option], 404);
  // A member of one event is nobody in another, whose poll is public to see.
  await call(api, "POST", `/api/polls/${foreign.id}/vote`, 403, {
    token: ada,
    body: { optionIds: [foreign.options[0].id] },
  });
  await change(poll, { status: "closed" });
  expect(await vote(ada, poll, [0], 409)).toMatchObject({ type: "/problems/poll-not-open" });
  const draft = await create({ status: "draft" });
  await send(draft.id, [draft.options[0].id], 404);
  expect(await read(ada, poll)).toMatchObject({ totalVotes: 0, myVote: null });
});

test("a vote over the session of another poll finds no poll", async () => {
  const { tokens, sessionId, userIds } = await scene(1);
  const elsewhere = await scene(1);
  await seat(api.deps.db, elsewhere.eventId, ...userIds);
  const foreign = await elsewhere.create();
  const { results } = await commitSession(api.deps.db, sessionId, [
    {
      userId: userIds[0]!,
      ref: newIdentifier("request"),
      type: "poll:vote",
      data: { pollId: foreign.id, optionIds: [foreign.options[0].id] },
    },
  ]);
  expect(results[0]).toMatchObject({ ok: false, problem: { type: "/problems/not-found" } });
  expect(await elsewhere.read(tokens[0]!, foreign)).toMatchObject({ totalVotes: 0 });
});

test("polls that make no sense are not created", async () => {
  const { create, tokens, sessionId } = await scene();
  const long = "x".repeat(301);
  for (const bad of [
    { options: ["one"] },
    { options: [] },
    { options: ["a", "a"] },
    { options: ["a", "  a  "] },
    { options: Array.from({ length: 21 }, (_, index) => `${index}`) },
    { options: ["a", "\u200b"] },
    { options: ["a", "x".repeat(201)] },
    { options: { length: 2, 0: "a", 1: "b" } },
    { question: "" },
    { question: long },
    { question: { toString: "x" } },
    { closesAt: new Date(Date.now() - 1000).toISOString() },
    { closesAt: "tomorrow" },
    { status: "closed" },
    { status: "__proto__" },
    { multiple: "yes" },
  ]) {
    expect(await create(bad, 422), JSON.stringify(bad)).toMatchObject({ type: "/problems/invalid" });
  }
  await create({ options: Array.from({ length: 20 }, (_, index) => `${index}`) });
  await create({ sessionId: newIdentifier("session") }, 404);
  await create({ sessionId: "__proto__" }, 404);
  await call(api, "POST", "/api/polls", 403, {
    token: tokens[0]!,
    body: { sessionId, question: "?", options: ["a", "b"] },
  });
});

test("text keeps what people write and loses what would turn others' lines round", async () => {
  const { create } = await scene();
  const options = ["👩‍👩‍👧‍👦".repeat(200), "مرحبا \u202e olleh", "__proto__", "constructor"];
  const poll = await create({ question: "e\u0301 <b>\"'; drop table polls; --", options });
  expect(poll.options.map(({ text }: { text: string }) => text)).toEqual([
    options[0],
    "مرحبا  olleh",
    "__proto__",
    "constructor",
  ]);
});

test("drafts are their makers' alone until they are opened; archived ones are gone for the others", async () => {
  const { create, change, list, host, tokens } = await scene();
  const [ada] = tokens;
  const draft = await create({ status: "draft", hideResults: true });
  expect((await list(ada)).items).toEqual([]);
  await call(api, "GET", `/api/polls/${draft.id}`, 404, { token: ada });
  expect((await list(host, "?status=draft")).items).toHaveLength(1);
  const edited = await change(draft, { question: "Which?", options: ["a", "b", "c"] });
  expect(edited.options).toHaveLength(3);
  await change(draft, { status: "open" });
  expect((await list(ada)).items).toMatchObject([{ question: "Which?", options: [{ votes: null }, {}, {}] }]);
  expect(await change(draft, { options: ["x", "y"] }, 409)).toMatchObject({ type: "/problems/conflict" });
  expect(await change(draft, { status: "draft" }, 409)).toMatchObject({ type: "/problems/illegal-move" });
  await change(draft, { status: "archived" });
  expect([(await list(ada)).items, (await list(ada, "?status=archived")).items]).toEqual([[], []]);
  await call(api, "GET", `/api/polls/${draft.id}`, 404, { token: ada });
  expect((await list(host, "?status=archived")).items).toHaveLength(1);
});

test("two creates are two polls, and the same Idempotency-Key is one", async () => {
  const { host, sessionId, list } = await scene();
  const body = { sessionId, question: "Once?", options: ["a", "b"] };
  const headers = { "idempotency-key": newIdentifier("request") };
  await Promise.all([
    call(api, "POST", "/api/polls", 201, { token: host, body }),
    call(api, "POST", "/api/polls", 201, { token: host, body }),
  ]);
  const first = await call(api, "POST", "/api/polls", 201, { token: host, body, headers });
  const again = await call(api, "POST", "/api/polls", 201, { token: host, body, headers });
  expect(again.body).toEqual(first.body);
  expect((await list(host)).items).toHaveLength(3);
});

test("the list goes on where it stopped", async () => {
  const { create, list, tokens } = await scene();
  const made: string[] = [];
  for (let index = 0; index < 5; index++) made.unshift((await create({ question: `${index}?` })).id);
  const found: string[] = [];
  let cursor = "";
  do {
    const page = await list(tokens[0]!, `?limit=2${cursor && `&cursor=${cursor}`}`);
    found.push(...page.items.map(({ id }: { id: string }) => id));
    cursor = page.nextCursor ?? "";
  } while (cursor !== "");
  expect(found).toEqual(made);
  await call(api, "GET", `/api/polls/session/${newIdentifier("session")}`, 404, { token: tokens[0]! });
});

test("polls that are switched off take no votes and no new polls, and can be closed", async () => {
  const { create, vote, change, tokens, sessionId, db } = await scene();
  const poll = await create();
  await db.update(sessions).set({ pollsEnabled: false }).where(eq(sessions.id, sessionId));
  expect(await vote(tokens[0]!, poll, [0], 409)).toMatchObject({ type: "/problems/polls-disabled" });
  expect(await create({}, 409)).toMatchObject({ type: "/problems/polls-disabled" });
  await change(poll, { status: "closed" });
  expect(await change(poll, { status: "open" }, 409)).toMatchObject({ type: "/problems/polls-disabled" });
});

test("who is banned votes no more; the vote that was given stays", async () => {
  const { create, vote, tokens, userIds, eventId, db, read, host } = await scene();
  const poll = await create();
  await vote(tokens[0]!, poll, [0]);
  await ban(db, eventId, userIds[0]!);
  expect(await vote(tokens[0]!, poll, [1], 403)).toMatchObject({ type: "/problems/banned" });
  expect(await read(host, poll)).toMatchObject({ options: [{ votes: 1 }, { votes: 0 }] });
});
