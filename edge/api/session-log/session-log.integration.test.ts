import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIdentifier } from "../../protocol/identifier.ts";
import { CommitResponse, LogPage, SnapshotResponse } from "../../protocol/internal-rooms.ts";
import { callInternal } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeUsers, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

async function scene(people = 1) {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const userIds = await makeUsers(db, people);
  await seat(db, eventId, ...userIds);
  return { eventId, sessionId, userIds, path: `/internal/sessions/${sessionId}` };
}
const say = (userId: string, text: string, ref = newIdentifier("request")) => ({
  userId,
  ref,
  type: "chat:send",
  data: { text },
});
const commit = async (path: string, commands: unknown[]) =>
  v.parse(CommitResponse, (await callInternal(api, "POST", `${path}/commit`, 200, { commands })).body);

test("a commit answers in the protocol's form, and log and snapshot agree with it", async () => {
  const { eventId, path, userIds } = await scene(2);
  const committed = await commit(path, [say(userIds[0]!, "one"), say(userIds[1]!, "two")]);
  const log = v.parse(LogPage, (await callInternal(api, "GET", `${path}/log?after=0&limit=10`, 200)).body);
  expect(log).toEqual({ head: 2, events: committed.events });
  const answer = await callInternal(api, "GET", `${path}/snapshot`, 200);
  const snapshot = v.parse(SnapshotResponse, answer.body);
  expect(snapshot).toMatchObject({ seq: 2, eventId, snapshot: { pinned: [], polls: [], questions: [] } });
  expect(snapshot.snapshot.messages.map(({ text }) => text)).toEqual(["one", "two"]);
});

test("a malformed command inside a batch is its own problem", async () => {
  const { path, userIds } = await scene(2);
  const { results, events } = await commit(path, [
    say(userIds[0]!, "good"),
    say(userIds[0]!, "   "),
    say(userIds[0]!, "x".repeat(501)),
    { type: "chat:send" },
    null,
    say("nobody", "x"),
    say(userIds[1]!, "also good"),
  ]);
  expect(results.map((result) => (result.ok ? "ok" : result.problem.type))).toEqual([
    "ok",
    "/problems/invalid",
    "/problems/invalid",
    "/problems/invalid",
    "/problems/invalid",
    "/problems/invalid",
    "ok",
  ]);
  expect(events.map(({ seq }) => seq)).toEqual([1, 2]);
});

test("a batch in which nothing is good says where the log stands", async () => {
  const { path } = await scene();
  expect(await commit(path, [{}])).toMatchObject({ firstSeq: 1, events: [], results: [{ ok: false }] });
});

test("a thousand of the longest messages of many bytes are one batch", async () => {
  const { path, userIds } = await scene(250);
  const families = "👩‍👩‍👧‍👦".repeat(499);
  const { events, results } = await commit(
    path,
    Array.from({ length: 1000 }, (_, index) => say(userIds[index % 250]!, families + (index % 9))),
  );
  expect(results.find((result) => !result.ok)).toBeUndefined();
  expect(events.length).toBe(1000);
});

test("batches that are empty or too large, and sessions that are absent, are refused whole", async () => {
  const { path, userIds } = await scene();
  await callInternal(api, "POST", `${path}/commit`, 422, { commands: [] });
  await callInternal(api, "POST", `${path}/commit`, 422, {
    commands: Array.from({ length: 1001 }, () => say(userIds[0]!, "x")),
  });
  const absent = `/internal/sessions/${newIdentifier("session")}`;
  await callInternal(api, "POST", `${absent}/commit`, 404, { commands: [say(userIds[0]!, "x")] });
  await callInternal(api, "POST", `${absent}/commit`, 404, { commands: [{}] });
  await callInternal(api, "GET", `${absent}/log`, 404);
  await callInternal(api, "GET", `${absent}/snapshot`, 404);
  for (const query of ["after=-1", "after=x", "limit=0", "limit=1001"]) {
    await callInternal(api, "GET", `${path}/log?${query}`, 422);
  }
});
