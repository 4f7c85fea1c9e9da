import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { broadcasts } from "../../db/schema/aftermath-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { ReplayItem } from "../../protocol/engagement.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import { commitSession } from "../session-log/commit-session.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import {
  ban,
  giveRole,
  makeEvent,
  makeSession,
  makeStream,
  makeUser,
  makeUsers,
  seat,
} from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

const start = Date.parse("2026-01-01T12:00:00Z");

async function scene(event: Parameters<typeof makeEvent>[1] = {}) {
  const { db } = api.deps;
  const eventId = await makeEvent(db, event);
  const sessionId = await makeSession(db, eventId, { duplicateSeconds: 0 });
  const host = await makeUser(db);
  await giveRole(db, eventId, host, "moderator");
  const userIds = await makeUsers(db, 8);
  await seat(db, eventId, ...userIds);
  /** What most commands acknowledge: the message, question or poll that it made. */
  const send = async (userId: string, type: string, data: object): Promise<{ id: string }> => {
    const command = { userId, ref: newIdentifier("request"), type, data } as unknown as CommitCommand;
    const { results } = await commitSession(db, sessionId, [command]);
    expect(results[0], JSON.stringify(results)).toMatchObject({ ok: true });
    return (results[0] as unknown as { ack: { id: string } }).ack;
  };
  /** Moves the log to where the test's broadcast is: ten seconds between one event and the next. */
  const placeInTime = () =>
    db.execute(sql`
      update session_events set at = ${new Date(start).toISOString()}::timestamptz + (seq - 2) * interval '10 seconds'
      where session_id = ${sessionId}`);
  const replay = async (
    query = "",
    token?: string,
  ): Promise<{ items: ReplayItem[]; nextCursor: string | null }> =>
    (
      await call(
        api,
        "GET",
        `/api/sessions/${sessionId}/replay${query}`,
        200,
        token === undefined ? {} : { token },
      )
    ).body;
  return { db, eventId, sessionId, host, userIds, send, placeInTime, replay };
}
const seqs = ({ items }: { items: ReplayItem[] }) => items.map(({ seq }) => seq);

test("what was said is told by the time of the pictures, part by part", async () => {
  const { db, sessionId, userIds, send, placeInTime, replay } = await scene();
  for (const [index, userId] of userIds.entries()) await send(userId, "chat:send", { text: `${index}` });
  await placeInTime();
  await makeStream(db, { sessionId, startedAt: new Date(start) });
  const all = await replay();
  expect(all.items.map(({ mediaSeconds }) => mediaSeconds)).toEqual([-10, 0, 10, 20, 30, 40, 50, 60]);
  expect(all.items[1]).toMatchObject({
    seq: 2,
    type: "chat:message",
    at: "2026-01-01T12:00:00.000Z",
    data: { text: "1" },
  });
  expect(seqs(await replay("?from=0"))).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(seqs(await replay("?from=10.5&to=40"))).toEqual([4, 5]);
  expect(seqs(await replay("?to=0"))).toEqual([1]);
  expect(seqs(await replay("?from=-5&to=2026-01-01T12:00:20Z"))).toEqual([2, 3]);
  expect(seqs(await replay("?from=2026-01-01T12:01:00Z"))).toEqual([8]);
  expect(seqs(await replay("?from=1000"))).toEqual([]);
  expect(seqs(await replay("?from=40&to=10"))).toEqual([]);

  const found: number[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: Awaited<ReturnType<typeof replay>> = await replay(
      `?from=10&limit=2${cursor && `&cursor=${cursor}`}`,
    );
    found.push(...seqs(page));
    cursor = page.nextCursor;
  }
  expect(found).toEqual([3, 4, 5, 6, 7, 8]);
});

test("the search for a time finds every border, in logs of any length", async () => {
  const { db, sessionId, replay } = await scene();
  const length = 37;
  await commitSession(db, sessionId, []);
  await db.execute(sql`
    insert into chat_messages (id, session_id, seq, user_id, text)
    select 'msg_' || ${sessionId} || seq, ${sessionId}, seq, ${await makeUser(db)}, 'x'
    from generate_series(1, ${length}::int) seq`);
  // Three of them at one moment each.
  await db.execute(sql`
    insert into session_events (session_id, seq, type, at, data)
    select ${sessionId}, seq, 'chat:message', ${new Date(start).toISOString()}::timestamptz + (seq / 3) * interval '1 second',
           jsonb_build_object('id', 'msg_' || ${sessionId} || seq)
    from generate_series(1, ${length}::int) seq`);
  await db.execute(sql`update session_logs set head = ${length} where session_id = ${sessionId}`);
  await makeStream(db, { sessionId, startedAt: new Date(start) });
  const every = Array.from({ length }, (_, index) => index + 1);
  for (let second = -1; second <= 14; second++) {
    const expected = every.filter((seq) => Math.floor(seq / 3) >= second);
    expect(seqs(await replay(`?from=${second}`)), `from ${second}`).toEqual(expected);
  }
});

test("what has gone since, and what not everyone may see, is not replayed", async () => {
  const { host, userIds, send, replay, db, sessionId } = await scene();
  const [ada, bob, eve, mute] = userIds as [string, string, string, string];
  const deleted = await send(ada, "chat:send", { text: "deleted" });
  await send(host, "chat:pin", { messageId: deleted.id, pinned: true });
  await send(eve, "chat:send", { text: "cleared" });
  await send(bob, "chat:send", { text: "stays" });
  await send(host, "chat:delete", { messageId: deleted.id });
  await send(host, "chat:clear", { userId: eve });
  await send(host, "chat:mute", { userId: mute, seconds: 60, shadow: true });
  await send(mute, "chat:send", { text: "shadowed" });
  await db.execute(
    sql`update sessions set chat_moderated = true, questions_moderated = true where id = ${sessionId}`,
  );
  await send(bob, "chat:send", { text: "held" });
  await send(ada, "question:ask", { text: "pending?", anonymous: false });
  const archived = await send(host, "question:ask", { text: "archived?", anonymous: false });
  const asked = await send(host, "question:ask", { text: "asked?", anonymous: false });
  await send(host, "question:change", { questionId: archived.id, status: "archived" });
  const pollOf = (question: string, status: string) =>
    send(host, "poll:create", { question, options: ["a", "b"], multiple: false, hideResults: false, status });
  await pollOf("draft?", "draft");
  const gone = await pollOf("gone?", "open");
  await send(host, "poll:change", { pollId: gone.id, status: "archived" });
  await pollOf("open?", "open");
  const { items } = await replay();
  expect(
    items.map(({ type, data }) => [
      type,
      (data as { text?: string }).text ?? (data as { question?: string }).question,
    ]),
  ).toEqual([
    ["chat:message", "stays"],
    ["question:new", "asked?"],
    ["poll:new", "open?"],
  ]);
  expect(items[1]?.data).toMatchObject({ id: asked.id });
});

test("a message that was let through stands where everyone saw it", async () => {
  const { host, userIds, send, replay, db, sessionId } = await scene();
  await db.execute(sql`update sessions set chat_moderated = true where id = ${sessionId}`);
  const held = await send(userIds[0]!, "chat:send", { text: "held" });
  await send(host, "chat:send", { text: "meanwhile" });
  await send(host, "chat:review", { messageId: held.id, approve: true });
  const { items } = await replay();
  expect(items.map(({ data }) => (data as { text: string }).text)).toEqual(["meanwhile", "held"]);
});

test("without a broadcast there are no seconds, but instants", async () => {
  const { userIds, send, replay, sessionId } = await scene();
  await send(userIds[0]!, "chat:send", { text: "hello" });
  expect((await replay()).items).toMatchObject([{ mediaSeconds: null }]);
  expect((await replay("?from=2026-01-01T00:00:00Z")).items).toHaveLength(1);
  for (const query of ["from=0", "to=0", "from=soon", "to=1e3", "from=", "limit=0", "cursor=x"]) {
    const { body } = await call(api, "GET", `/api/sessions/${sessionId}/replay?${query}`, 422);
    expect(body, query).toMatchObject({ type: "/problems/invalid" });
  }
});

test("whoever sees the event sees the replay: anyone a public one, members a private one, the banned neither", async () => {
  const open = await scene();
  expect((await open.replay()).items).toEqual([]);
  const { eventId, sessionId, userIds, replay, db } = await scene({ visibility: "private" });
  const path = `/api/sessions/${sessionId}/replay`;
  await call(api, "GET", path, 404);
  await call(api, "GET", path, 404, { token: await newToken(api) });
  const { token } = await signIn(api, userIds[0]!);
  expect((await replay("", token)).items).toEqual([]);
  await ban(db, eventId, userIds[0]!);
  await call(api, "GET", path, 404, { token });
  await call(api, "GET", `/api/sessions/${newIdentifier("session")}/replay`, 404);
});

test("media time is that of the session's last broadcast, also when its stream waits for the next picture or has moved on", async () => {
  const { db } = api.deps;
  const { eventId, sessionId, userIds, send, placeInTime, replay } = await scene();
  await send(userIds[0]!, "chat:send", { text: "Hello" });
  await placeInTime();
  const { id: streamId } = await makeStream(db, { sessionId, startedAt: null });
  const began = (seconds: number) => new Date(start + seconds * 1000);
  const broadcast = (startedAt: Date) => ({ id: newIdentifier("broadcast"), streamId, sessionId, startedAt });
  await db.insert(broadcasts).values([broadcast(began(-3600)), broadcast(began(-60))]);
  const mediaSeconds = async () => (await replay()).items[0]?.mediaSeconds;
  expect(await mediaSeconds()).toBe(50);
  const other = await makeSession(db, eventId);
  await db.update(streams).set({ sessionId: other }).where(eq(streams.id, streamId));
  expect(await mediaSeconds()).toBe(50);
  await db
    .update(streams)
    .set({ sessionId, startedAt: began(-20) })
    .where(eq(streams.id, streamId));
  expect(await mediaSeconds()).toBe(10);
});
