import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { attendees, events, waitlist } from "../../db/schema/events-tables.ts";
import type { Event } from "../../protocol/events.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { ban, makeEvent, makeUser, makeUsers, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { startApiWorker, type TestWorker } from "../test-workerd.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

interface Guest {
  id: string;
  token: string;
}
const tokenOf = async (userId: string) => (await signIn(api, userId)).token;
async function guest(): Promise<Guest> {
  const id = await makeUser(api.deps.db);
  return { id, token: await tokenOf(id) };
}
async function guests(count: number): Promise<Guest[]> {
  return Promise.all(Array.from({ length: count }, guest));
}
const join = (eventId: string, status: number, { token }: Guest, body?: unknown) =>
  call(api, "POST", `/api/events/${eventId}/join`, status, {
    token,
    ...(body === undefined ? {} : { body }),
  });
const leave = (eventId: string, { token }: Guest) =>
  call(api, "DELETE", `/api/events/${eventId}/join`, 204, { token });
async function seated(eventId: string): Promise<Set<string>> {
  const rows = await api.deps.db.select().from(attendees).where(eq(attendees.eventId, eventId));
  const [event] = await api.deps.db.select().from(events).where(eq(events.id, eventId));
  expect(event?.attendeeCount).toBe(rows.length);
  return new Set(rows.map(({ userId }) => userId));
}
async function waiting(eventId: string): Promise<string[]> {
  const { body } = await call(api, "GET", `/api/events/${eventId}/waitlist`, 200, { token: admin });
  return body.items.map((item: { user: { id: string } }) => item.user.id);
}

test("who finds the event full may wait, is told the place, and keeps it when asking again", async () => {
  const eventId = await makeEvent(api.deps.db, { maxAttendees: 1 });
  const [first, second, third] = (await guests(3)) as [Guest, Guest, Guest];
  await join(eventId, 201, first, { waitlist: true });
  expect((await join(eventId, 409, second)).body.type).toBe("/problems/event-full");
  expect((await join(eventId, 202, second, { waitlist: true })).body).toMatchObject({
    eventId,
    userId: second.id,
    position: 1,
  });
  expect((await join(eventId, 202, third, { waitlist: true })).body.position).toBe(2);
  expect((await join(eventId, 202, second, { waitlist: true })).body.position).toBe(1);
  await join(eventId, 200, first, { waitlist: true });
  expect(await waiting(eventId)).toEqual([second.id, third.id]);
});

test("a seat that frees goes to the one who waited longest, and to nobody else", async () => {
  const eventId = await makeEvent(api.deps.db, { maxAttendees: 1 });
  const [first, second, third, late] = (await guests(4)) as [Guest, Guest, Guest, Guest];
  await join(eventId, 201, first);
  await join(eventId, 202, second, { waitlist: true });
  await join(eventId, 202, third, { waitlist: true });
  await leave(eventId, first);
  expect(await seated(eventId)).toEqual(new Set([second.id]));
  await join(eventId, 200, second);
  await join(eventId, 409, late);
  await leave(eventId, second);
  expect(await seated(eventId)).toEqual(new Set([third.id]));
  expect(await waiting(eventId)).toEqual([]);
});

test("who leaves the line is not seated later", async () => {
  const eventId = await makeEvent(api.deps.db, { maxAttendees: 1 });
  const [first, second, third] = (await guests(3)) as [Guest, Guest, Guest];
  await join(eventId, 201, first);
  await join(eventId, 202, second, { waitlist: true });
  await join(eventId, 202, third, { waitlist: true });
  await leave(eventId, second);
  await leave(eventId, first);
  expect(await seated(eventId)).toEqual(new Set([third.id]));
});

test("more seats seat who waits, in order; a limit that is taken away seats everyone", async () => {
  const eventId = await makeEvent(api.deps.db, { maxAttendees: 1 });
  const all = await guests(5);
  await join(eventId, 201, all[0]!);
  for (const person of all.slice(1)) await join(eventId, 202, person, { waitlist: true });
  const put = (body: unknown) => call(api, "PUT", `/api/events/${eventId}`, 200, { token: admin, body });
  expect((await put({ maxAttendees: 3 })).body.attendeeCount).toBe(3);
  expect(await seated(eventId)).toEqual(new Set(all.slice(0, 3).map(({ id }) => id)));
  await put({ maxAttendees: null });
  expect(await seated(eventId)).toEqual(new Set(all.map(({ id }) => id)));
});

test("nobody is seated in an event that is over; who waits is, when it is reopened", async () => {
  const eventId = await makeEvent(api.deps.db, { maxAttendees: 1 });
  const [first, second] = (await guests(2)) as [Guest, Guest];
  await join(eventId, 201, first);
  await join(eventId, 202, second, { waitlist: true });
  const move = (status: string) =>
    call(api, "PUT", `/api/events/${eventId}`, 200, { token: admin, body: { status } });
  await move("ended");
  await leave(eventId, first);
  expect(await seated(eventId)).toEqual(new Set());
  expect((await join(eventId, 409, first)).body.type).toBe("/problems/event-over");
  await move("live");
  expect(await seated(eventId)).toEqual(new Set([second.id]));
});

test.each(["ended", "cancelled"] as const)(
  "an event that is %s is not joined, nor waited for",
  async (status) => {
    const eventId = await makeEvent(api.deps.db, { status });
    const person = await guest();
    for (const body of [undefined, { waitlist: true }]) {
      expect((await join(eventId, 409, person, body)).body.type).toBe("/problems/event-over");
    }
  },
);

test("an access code opens the door, also of a private event, for whoever knows it", async () => {
  const created = await call(api, "POST", "/api/events", 201, {
    token: admin,
    body: { title: "Closed", visibility: "private", accessCode: "  Sésame-2026 " },
  });
  const event: Event = created.body;
  expect(event.hasAccessCode).toBe(true);
  expect(created.text).not.toContain("same-2026");
  const person = await guest();
  await call(api, "GET", `/api/events/${event.id}`, 404, { token: person.token });
  for (const body of [undefined, {}, { accessCode: null }, { accessCode: "wrong" }, { accessCode: "a\0b" }]) {
    expect((await join(event.id, 403, person, body)).body.type).toBe("/problems/wrong-access-code");
  }
  await join(event.id, 201, person, { accessCode: "Sésame-2026" });
  await join(event.id, 200, person);
  await call(api, "GET", `/api/events/${event.id}`, 200, { token: person.token });
  await call(api, "PUT", `/api/events/${event.id}`, 200, { token: admin, body: { accessCode: null } });
  await join(event.id, 404, await guest(), { accessCode: "Sésame-2026" });
});

test("codes cannot be tried without end, and one person's tries are not another's", async () => {
  const { body: event } = await call(api, "POST", "/api/events", 201, {
    token: admin,
    body: { title: "Closed", accessCode: "sesame" },
  });
  const [guesser, honest] = (await guests(2)) as [Guest, Guest];
  const answers = await Promise.all(
    Array.from({ length: 15 }, async (_, index) => {
      const response = await api.publicApp.request(`/api/events/${event.id}/join`, {
        method: "POST",
        headers: { authorization: `Bearer ${guesser.token}`, "content-type": "application/json" },
        body: JSON.stringify({ accessCode: `guess-${index}` }),
      });
      return response.status;
    }),
  );
  expect(answers.sort()).toEqual([...Array(10).fill(403), ...Array(5).fill(429)]);
  const refused = await join(event.id, 429, guesser, { accessCode: "sesame" });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  await join(event.id, 201, honest, { accessCode: "sesame" });
});

test("a join is refused for what its body says wrongly", async () => {
  const eventId = await makeEvent(api.deps.db);
  const person = await guest();
  for (const body of [{ waitlist: "yes" }, { accessCode: 5 }, { accessCode: "x".repeat(900_000) }, []]) {
    await join(eventId, 422, person, body);
  }
  const unknown = await api.publicApp.request(`/api/events/${eventId}/join`, {
    method: "POST",
    headers: { authorization: `Bearer ${person.token}` },
    body: "accessCode=1",
  });
  expect(unknown.status).toBe(415);
});

test("a ban and a join that meet never leave the banned in a seat", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const people = await guests(12);
  await Promise.all(
    people.flatMap((person) => [
      Promise.resolve(
        api.publicApp.request(`/api/events/${eventId}/join`, {
          method: "POST",
          headers: { authorization: `Bearer ${person.token}` },
        }),
      ).then((answer) => expect([201, 403]).toContain(answer.status)),
      call(api, "POST", `/api/events/${eventId}/bans/${person.id}`, 201, { token: admin }),
    ]),
  );
  expect(await seated(eventId)).toEqual(new Set());
  for (const person of people) await join(eventId, 403, person);
});

test("someone banned is passed over by anything that seats people", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const [good, banned] = (await guests(2)) as [Guest, Guest];
  await ban(db, eventId, banned.id);
  await seat(db, eventId, good.id, banned.id);
  expect(await seated(eventId)).toEqual(new Set([good.id]));
});

test("people who come, go and wait at once leave no seat empty and no seat twice taken", async () => {
  const eventId = await makeEvent(api.deps.db, { maxAttendees: 4 });
  const people = await guests(16);
  const ask = (person: Guest, method: string, body?: string) =>
    Promise.resolve(
      api.publicApp.request(`/api/events/${eventId}/join`, {
        method,
        headers: {
          authorization: `Bearer ${person.token}`,
          ...(body ? { "content-type": "application/json" } : {}),
        },
        ...(body ? { body } : {}),
      }),
    ).then(async (answer) => expect([200, 201, 202, 204, 409], await answer.text()).toContain(answer.status));
  await Promise.all(people.map((person) => ask(person, "POST", '{"waitlist":true}')));
  await Promise.all(
    people.flatMap((person, index) => [
      ask(person, "DELETE"),
      ...(index % 2 ? [ask(person, "POST", '{"waitlist":true}')] : [ask(person, "POST")]),
    ]),
  );
  const inSeats = await seated(eventId);
  const inLine = await waiting(eventId);
  expect(inSeats.size).toBeLessThanOrEqual(4);
  if (inLine.length > 0) expect(inSeats.size).toBe(4);
  expect(inLine.filter((id) => inSeats.has(id))).toEqual([]);
});

test("200 people who join at once through two API processes fill exactly 50 seats", async () => {
  const { db, environment } = api.deps;
  const eventId = await makeEvent(db, { maxAttendees: 50 });
  const people = await makeUsers(db, 200);
  const tokens = await Promise.all(people.map(tokenOf));
  const workers: TestWorker[] = await Promise.all([startApiProcess(), startApiProcess()]);
  try {
    const statuses = await Promise.all(
      tokens.map(async (token, index) => {
        const answer = await fetch(`${workers[index % 2]!.url}/api/events/${eventId}/join`, {
          method: "POST",
          headers: { authorization: `Bearer ${token}` },
        });
        const body = (await answer.json()) as { type?: string };
        return `${answer.status} ${body.type ?? ""}`;
      }),
    );
    expect(statuses.filter((status) => status === "201 ")).toHaveLength(50);
    expect(statuses.filter((status) => status === "409 /problems/event-full")).toHaveLength(150);
    expect((await seated(eventId)).size).toBe(50);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }

  function startApiProcess(): Promise<TestWorker> {
    return startApiWorker(environment.databaseUrl, { JWT_SECRET: environment.jwtSecret });
  }
}, 180_000);

test("a person who is deleted leaves seat and line", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { maxAttendees: 1 });
  const [first, second] = (await guests(2)) as [Guest, Guest];
  await join(eventId, 201, first);
  await join(eventId, 202, second, { waitlist: true });
  await db.delete(users).where(eq(users.id, second.id));
  const left = await db
    .select({ n: sql<number>`count(*)::int` })
    .from(waitlist)
    .where(eq(waitlist.eventId, eventId));
  expect(left[0]?.n).toBe(0);
});
