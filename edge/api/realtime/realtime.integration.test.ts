import { eq, sql } from "drizzle-orm";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logins } from "../../db/schema/accounts-tables.ts";
import { realtimeTickets } from "../../db/schema/session-log-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import {
  AdmissionResponse,
  EventJoinResponse,
  SessionJoinResponse,
  type Viewer,
} from "../../protocol/internal-rooms.ts";
import { EventState } from "../../protocol/realtime.ts";
import { call, callInternal, signIn } from "../streams/test-client.ts";
import { ban, giveRole, makeEvent, makeSession, makeStream, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

const admitAll = async (...tokens: string[]): Promise<(Viewer | null)[]> =>
  v.parse(
    AdmissionResponse,
    (await callInternal(api, "POST", "/internal/realtime/admission", 200, { tokens })).body,
  ).viewers;
const admit = async (token: string): Promise<Viewer> => {
  const [viewer] = await admitAll(token);
  expect(viewer, token).not.toBeNull();
  return viewer!;
};
const revoke = (loginId: string) =>
  api.deps.db.update(logins).set({ revokedAt: new Date() }).where(eq(logins.id, loginId));
const viewer = (userId: string | null): Viewer => ({
  viewerId: userId ?? newIdentifier("viewer"),
  userId,
  name: null,
  role: null,
  loginId: null,
  readOnly: userId === null,
  expiresAt: new Date(Date.now() + 60_000).toISOString(),
});

test("a session token admits its user, again and again", async () => {
  const userId = await makeUser(api.deps.db, "moderator", "Grace");
  const { token, loginId } = await signIn(api, userId);
  for (let time = 0; time < 2; time++) {
    expect(await admit(token)).toMatchObject({
      viewerId: userId,
      userId,
      name: "Grace",
      role: "moderator",
      loginId,
      readOnly: false,
    });
  }
});

test("many are admitted together, each as who they are, with a token or a ticket", async () => {
  const { db } = api.deps;
  const signedIn = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const userId = await makeUser(db);
      return { userId, ...(await signIn(api, userId)) };
    }),
  );
  const shown = await Promise.all(
    signedIn.map(async ({ token }, index) =>
      index % 2 === 0
        ? token
        : ((await call(api, "POST", "/api/realtime/ticket", 200, { token })).body.ticket as string),
    ),
  );
  const viewers = await admitAll(...shown, shown[0]!);
  expect(viewers.map((viewer) => [viewer?.viewerId, viewer?.loginId])).toEqual(
    [...signedIn, signedIn[0]!].map(({ userId, loginId }) => [userId, loginId]),
  );
});

test("a ticket admits once, even when it is shown twice at the same moment", async () => {
  const userId = await makeUser(api.deps.db);
  const { token } = await signIn(api, userId);
  const { body, headers } = await call(api, "POST", "/api/realtime/ticket", 200, { token });
  expect(body).toMatchObject({ expiresInSeconds: 60, readOnly: false });
  expect(headers.get("cache-control")).toBe("no-store");
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => admitAll(body.ticket, body.ticket, body.ticket)),
  );
  expect(answers.flat().filter((viewer) => viewer !== null)).toMatchObject([{ viewerId: userId }]);
});

test("without credentials there is a read-only ticket, and one browser stays one viewer", async () => {
  const first = await call(api, "POST", "/api/realtime/ticket", 200);
  expect(first.body.readOnly).toBe(true);
  const cookie = (first.headers.get("set-cookie") ?? "").split(";")[0]!;
  const second = await call(api, "POST", "/api/realtime/ticket", 200, { headers: { cookie } });
  const [one, two] = [await admit(first.body.ticket), await admit(second.body.ticket)];
  expect(one).toMatchObject({ userId: null, role: null, readOnly: true });
  expect(one.viewerId).toMatch(/^vwr_/);
  expect(two.viewerId).toBe(one.viewerId);
});

test("tokens and tickets that have ended, were revoked or are none are refused alike", async () => {
  const { db } = api.deps;
  const signedIn = await signIn(api, await makeUser(db));
  const ticket = async () =>
    (await call(api, "POST", "/api/realtime/ticket", 200, { token: signedIn.token })).body.ticket as string;
  const late = await ticket();
  await db.update(realtimeTickets).set({ expiresAt: new Date(Date.now() - 1) });
  const revoked = await ticket();
  await revoke(signedIn.loginId);
  const anonymous = (await call(api, "POST", "/api/realtime/ticket", 200)).body.ticket as string;
  const bad = [late, revoked, signedIn.token, "", "tkt_", "tkt_invented", "x".repeat(4000), `${anonymous}x`];
  const [good, ...others] = await admitAll(anonymous, ...bad);
  expect(others).toEqual(bad.map(() => null));
  expect(good).toMatchObject({ readOnly: true });
});

test("tickets that nobody used are cleared away", async () => {
  const { db } = api.deps;
  await call(api, "POST", "/api/realtime/ticket", 200);
  await db.update(realtimeTickets).set({ expiresAt: sql`now() - interval '1 hour'` });
  await call(api, "POST", "/api/realtime/ticket", 200);
  const rows = await db.select().from(realtimeTickets).where(sql`expires_at < now()`);
  expect(rows).toEqual([]);
});

test("a batch of viewers is judged in its order", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { visibility: "private" });
  const sessionId = await makeSession(db, eventId);
  const [outsider, member, banned, staff] = [
    await makeUser(db),
    await makeUser(db),
    await makeUser(db),
    await makeUser(db),
  ];
  await seat(db, eventId, member, banned);
  await ban(db, eventId, banned);
  await giveRole(db, eventId, staff, "moderator");
  const viewers = [null, outsider, member, banned, staff, newIdentifier("user"), member].map(viewer);
  const expected = [
    { allowed: false, problem: { type: "/problems/not-found" } },
    { allowed: false, problem: { type: "/problems/not-found" } },
    { allowed: true, staff: false, mine: { votes: {}, upvotes: [] } },
    { allowed: false, problem: { type: "/problems/banned" } },
    { allowed: true, staff: true },
    { allowed: false, problem: { type: "/problems/unauthenticated" } },
    { allowed: true, staff: false },
  ];
  const session = await callInternal(api, "POST", `/internal/sessions/${sessionId}/join`, 200, { viewers });
  const ofSession = v.parse(SessionJoinResponse, session.body);
  expect(ofSession.eventId).toBe(eventId);
  expect(ofSession.verdicts).toMatchObject(expected);
  const event = await callInternal(api, "POST", `/internal/events/${eventId}/join`, 200, { viewers });
  expect(v.parse(EventJoinResponse, event.body).verdicts).toMatchObject(expected);
});

test("anyone may read a public event's rooms", async () => {
  const { db } = api.deps;
  const sessionId = await makeSession(db, await makeEvent(db));
  const { body } = await callInternal(api, "POST", `/internal/sessions/${sessionId}/join`, 200, {
    viewers: [viewer(null)],
  });
  expect(body.verdicts).toMatchObject([{ allowed: true, staff: false }]);
});

test("sessions and events that are absent are not there to join", async () => {
  const viewers = [viewer(null)];
  const sessionId = newIdentifier("session");
  const eventId = newIdentifier("event");
  await callInternal(api, "POST", `/internal/sessions/${sessionId}/join`, 404, { viewers });
  await callInternal(api, "POST", `/internal/events/${eventId}/join`, 404, { viewers });
  await callInternal(api, "GET", `/internal/events/${eventId}/state`, 404);
  await callInternal(api, "POST", "/internal/sessions/x/join", 404, { viewers });
});

test("an event's state has its sessions and what their streams do", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const { id, playbackId } = await makeStream(db, { sessionId, status: "live" });
  const { body } = await callInternal(api, "GET", `/internal/events/${eventId}/state`, 200);
  const state = v.parse(EventState, body);
  expect(state.event.sessions).toMatchObject([{ id: sessionId, streamId: id }]);
  expect(state.streams).toEqual([{ streamId: id, sessionId, status: "live", playbackId, startedAt: null }]);
});

test("presence counts viewers, keeps the peak, and falls to zero when nobody renews it", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId);
  const { id } = await makeStream(db, { sessionId });
  const presence = async (count: number, peak: number): Promise<number> =>
    (await callInternal(api, "POST", "/internal/presence", 200, { sessionId, count, peak })).body.peak;
  const figures = async () => {
    const { body } = await call(api, "GET", `/api/streams/${id}`, 200);
    return [body.viewers, body.peakViewers];
  };
  expect(await presence(5, 9)).toBe(9);
  expect(await figures()).toEqual([5, 9]);
  expect(await presence(12, 3)).toBe(12);
  expect(await presence(2, 2), "a room that began anew hears of the peak").toBe(12);
  expect(await figures()).toEqual([2, 12]);
  await db.execute(sql`update streams set viewers_at = now() - interval '1 minute' where id = ${id}`);
  expect(await figures()).toEqual([0, 12]);
  await callInternal(api, "POST", "/internal/presence", 200, { eventId, count: 1, peak: 1 });
  await callInternal(api, "POST", "/internal/presence", 200, { sessionId, count: 2 ** 40, peak: 0 });
  const absent = { sessionId: newIdentifier("session"), count: 1, peak: 4 };
  expect((await callInternal(api, "POST", "/internal/presence", 200, absent)).body).toEqual({ peak: 4 });
});
