/** What rooms report of a session, who is in it, and what a join brings. */
import { sql } from "drizzle-orm";
import type * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { ActivityReport } from "../../protocol/internal-rooms.ts";
import { chatScene, viewer } from "../chat/test-chat-scene.ts";
import { callInternal } from "../streams/test-client.ts";
import { giveRole, makeStream, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { forgetOldReports } from "./activity.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

/** Who is named is here, if nothing else is said. */
type Told = Partial<v.InferInput<typeof ActivityReport>>;

const report = (sessionId: string, more: Told, status = 204) =>
  callInternal(api, "POST", `/internal/sessions/${sessionId}/activity`, status, {
    id: newIdentifier("request"),
    reactions: [],
    watching: [],
    ...more,
  });

test("reports of activity add up, each once however often it is sent", async () => {
  const { db, sessionId, ada, bob } = await chatScene(api);
  const anonymous = newIdentifier("viewer");
  const id = newIdentifier("request");
  const first: Told = {
    id,
    reactions: [
      { userId: ada.id, emoji: "🎉", count: 3 },
      { userId: ada.id, emoji: "🎉", count: 1 },
      { userId: bob.id, emoji: "👏", count: 2 },
      { userId: newIdentifier("user"), emoji: "👏", count: 9 },
    ],
    watching: [
      { viewerId: ada.id, userId: ada.id, playedSeconds: 4.5, stalls: 1, latencySeconds: 3 },
      { viewerId: anonymous, userId: null, playedSeconds: 5, stalls: 0 },
    ],
  };
  await Promise.all([report(sessionId, first), report(sessionId, first), report(sessionId, first)]);
  await report(sessionId, {
    reactions: [{ userId: ada.id, emoji: "🎉", count: 2 }],
    watching: [{ viewerId: ada.id, userId: ada.id, playedSeconds: 5, stalls: 0 }],
  });
  const reactions = await db.execute<{ user_id: string; emoji: string; count: number }>(
    sql`select user_id, emoji, count from session_reactions where session_id = ${sessionId} order by count`,
  );
  expect([...reactions]).toEqual([
    { user_id: bob.id, emoji: "👏", count: 2 },
    { user_id: ada.id, emoji: "🎉", count: 6 },
  ]);
  const watches = await db.execute(
    sql`select viewer_id, sum(played_seconds) as played_seconds, sum(stalls)::int as stalls,
               max(latency_seconds) as latency_seconds
        from presence_minutes where session_id = ${sessionId} and via = 'socket' group by viewer_id order by 2`,
  );
  expect([...watches], "in one minute or in two").toEqual([
    { viewer_id: anonymous, played_seconds: 5, stalls: 0, latency_seconds: null },
    { viewer_id: ada.id, played_seconds: 9.5, stalls: 1, latency_seconds: 3 },
  ]);
});

test("many gateways report at once without waiting in a circle", async () => {
  const { db, sessionId, people } = await chatScene(api, { members: 40 });
  const of = (order: typeof people): Told => ({
    reactions: order.map(({ id }) => ({ userId: id, emoji: "🎉", count: 1 })),
    watching: order.map(({ id }) => ({ viewerId: id, userId: id, playedSeconds: 1, stalls: 0 })),
  });
  const reversed = [...people].reverse();
  await Promise.all(
    Array.from({ length: 12 }, (_, index) => report(sessionId, of(index % 2 ? people : reversed))),
  );
  const [row] = await db.execute(
    sql`select (select sum(count)::int from session_reactions where session_id = ${sessionId}) as reactions,
               (select sum(played_seconds)::int from presence_minutes where session_id = ${sessionId}) as seconds`,
  );
  expect(row).toEqual({ reactions: 480, seconds: 480 });
});

test("a report for a session that is absent, or that is none, is refused; old ones are forgotten", async () => {
  const { db, sessionId } = await chatScene(api);
  await report(newIdentifier("session"), {}, 404);
  await report(sessionId, { id: "short" }, 422);
  const watching = [{ viewerId: "x", userId: null, playedSeconds: -1, stalls: 0 }];
  await report(sessionId, { watching }, 422);
  const [old, fresh] = [newIdentifier("request"), newIdentifier("request")];
  await report(sessionId, { id: old });
  await report(sessionId, { id: fresh });
  await db.execute(sql`update activity_reports set at = now() - interval '25 hours' where id = ${old}`);
  await forgetOldReports(db);
  const left = await db.execute<{ id: string }>(
    sql`select id from activity_reports where id in (${old}, ${fresh})`,
  );
  expect(left.map(({ id }) => id)).toEqual([fresh]);
});

test("staff see who is here by name, and the most there ever were; without the room they are told so", async () => {
  const { db, eventId, sessionId, ada, bob, moderator } = await chatScene(api);
  await makeStream(db, { sessionId });
  const path = `/api/sessions/${sessionId}/viewers`;
  await ada.send("GET", path, 403);
  const away = await moderator.send("GET", path, 503);
  expect(away.headers.get("retry-after")).toBe("2");
  await giveRole(db, eventId, bob.id, "speaker");
  await callInternal(api, "POST", "/internal/presence", 200, { sessionId, count: 7, peak: 7 });
  const { rooms } = api.deps;
  const gone = newIdentifier("user");
  api.deps.rooms = {
    ...rooms,
    people: async () => ({
      ...{ userIds: [bob.id, ada.id, gone], connections: { [bob.id]: 2 } },
      ...{ anonymous: 2, count: 5, peak: 5 },
    }),
  };
  try {
    const { body } = await moderator.send("GET", path, 200);
    expect(body).toEqual({
      count: 5,
      anonymous: 2,
      anonymousDevices: [],
      peak: 7,
      items: [
        {
          ...{ id: ada.id, name: "Person 0", role: "attendee", avatarUrl: null },
          ...{ connections: 1, devices: [] },
        },
        {
          ...{ id: bob.id, name: "Person 1", role: "speaker", avatarUrl: null },
          ...{ connections: 2, devices: [] },
        },
      ],
    });
  } finally {
    api.deps.rooms = rooms;
  }
});

test("a join brings votes, upvotes and questions of one's own; the snapshot what everyone may see", async () => {
  const { sessionId, ada, bob, moderator } = await chatScene(api, { session: { questionsModerated: true } });
  const create = { sessionId, question: "Tea?", options: ["Yes", "No"], hideResults: true };
  const { body: poll } = await moderator.send("POST", "/api/polls", 201, create);
  await ada.send("POST", `/api/polls/${poll.id}/vote`, 200, { optionIds: [poll.options[1].id] });
  const ask = (text: string) => ada.send("POST", `/api/questions/session/${sessionId}`, 201, { text });
  const { body: shown } = await ask("Why?");
  const { body: pending } = await ask("When?");
  await moderator.send("PATCH", `/api/questions/${shown.id}`, 200, { status: "visible" });
  await bob.send("POST", `/api/questions/${shown.id}/upvote`, 200);

  const [adas, bobs] = [await ada.mine(), await bob.mine()];
  expect(adas.votes).toEqual({ [poll.id]: [poll.options[1].id] });
  expect([...adas.asked].sort()).toEqual([shown.id, pending.id].sort());
  expect(adas.questions).toMatchObject([{ id: pending.id, status: "pending" }]);
  expect(bobs).toMatchObject({ votes: {}, upvotes: [shown.id], asked: [], questions: [] });

  const { body } = await callInternal(api, "GET", `/internal/sessions/${sessionId}/snapshot`, 200);
  expect(body.snapshot.questions).toMatchObject([{ id: shown.id, upvotes: 1 }]);
  expect(body.snapshot.polls).toMatchObject([
    { id: poll.id, totalVotes: 1, options: [{ votes: null }, { votes: null }] },
  ]);
  expect(body.totals, "the room is told all of it, and from whom to keep it").toMatchObject([
    { kind: "poll", hidden: true, total: { pollId: poll.id, options: [{ votes: 0 }, { votes: 1 }] } },
    { kind: "question", total: { questionId: shown.id, upvotes: 1 } },
  ]);
});

test("who is banned or gone brings nothing along", async () => {
  const { db, eventId, sessionId, ada, moderator } = await chatScene(api);
  await ada.say("hello");
  await moderator.send("POST", `/api/events/${eventId}/bans/${ada.id}`, 201);
  const viewers = [viewer(ada.id), viewer(newIdentifier("user")), viewer(await makeUser(db))];
  const { body } = await callInternal(api, "POST", `/internal/sessions/${sessionId}/join`, 200, { viewers });
  expect(body.verdicts.map(({ allowed }: { allowed: boolean }) => allowed)).toEqual([false, false, true]);
});
