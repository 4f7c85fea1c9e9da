import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { bans, members } from "../../db/schema/events-tables.ts";
import type { SignedIn } from "../../protocol/accounts.ts";
import type { Event, Session } from "../../protocol/events.ts";
import { createTestApi, freshEmail, type TestApi } from "../test-application.ts";

interface Caller {
  id: string;
  token: string;
}
let api: TestApi;
let admin: Caller;
beforeAll(async () => {
  api = await createTestApi();
  admin = await signUp();
  await api.deps.db.update(users).set({ role: "admin" }).where(eq(users.id, admin.id));
});
afterAll(() => api.drop());

async function call<T>(
  method: string,
  path: string,
  status: number,
  caller?: Caller,
  body?: unknown,
): Promise<T> {
  const response = await api.publicApp.request(path, {
    method,
    headers: {
      ...(caller ? { authorization: `Bearer ${caller.token}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.status, `${method} ${path}: ${text}`).toBe(status);
  return (text ? JSON.parse(text) : null) as T;
}

async function signUp(): Promise<Caller> {
  const body = { email: freshEmail(), password: "correct horse battery", name: "Ada" };
  const { user, token } = await call<SignedIn>("POST", "/api/auth/register", 201, undefined, body);
  return { id: user.id, token };
}

const makeEvent = (request: object = {}) =>
  call<Event>("POST", "/api/events", 201, admin, { title: "Launch", ...request });

test("an admin creates an event with sessions, and anyone reads it", async () => {
  const event = await makeEvent({
    title: "Läunch Day",
    startsAt: "2026-09-01T08:00:00Z",
    endsAt: "2026-09-01T18:00:00.500Z",
    timeZone: "Europe/Berlin",
  });
  expect(event).toMatchObject({ status: "scheduled", visibility: "public", attendeeCount: 0, sessions: [] });
  expect(event.slug).toMatch(/^launch-day/);
  const later = await call<Session>("POST", `/api/events/${event.id}/sessions`, 201, admin, {
    title: "Second",
    startsAt: "2026-09-01T12:00:00Z",
  });
  const first = await call<Session>("POST", `/api/events/${event.id}/sessions`, 201, admin, {
    title: "First",
    startsAt: "2026-09-01T09:00:00Z",
    chatEnabled: false,
  });
  const read = await call<Event>("GET", `/api/events/${event.id}`, 200);
  expect(read.sessions).toEqual([first, later]);
  expect(read).toMatchObject({ startsAt: "2026-09-01T08:00:00.000Z", endsAt: "2026-09-01T18:00:00.500Z" });
  expect(await call<Session>("GET", `/api/sessions/${first.id}`, 200)).toEqual(first);
});

test("two events of one title have different slugs", async () => {
  const [one, two] = [await makeEvent({ title: "Same" }), await makeEvent({ title: "Same" })];
  expect(one.slug).not.toBe(two.slug);
});

test("only an admin creates, and only what makes sense", async () => {
  const attendee = await signUp();
  await call("POST", "/api/events", 401, undefined, { title: "x" });
  await call("POST", "/api/events", 403, attendee, { title: "x" });
  const { errors } = await call<{ errors: { pointer: string }[] }>("POST", "/api/events", 422, admin, {
    title: "",
    timeZone: "Mars/Olympus",
    maxAttendees: 0,
    visibility: "secret",
  });
  expect(errors.map((error) => error.pointer).sort()).toEqual([
    "/maxAttendees",
    "/timeZone",
    "/title",
    "/visibility",
  ]);
  for (const times of [
    { startsAt: "2026-09-02T08:00:00Z", endsAt: "2026-09-01T08:00:00Z" },
    { startsAt: "2026-02-30T08:00:00Z" },
    { startsAt: "0000-01-01T00:00:00Z" },
    { startsAt: "2026-09-02T08:00:00+02:00" },
  ]) {
    await call("POST", "/api/events", 422, admin, { title: "x", ...times });
  }
});

test("private and draft events are there for members and staff alone", async () => {
  const [stranger, member, moderator] = [await signUp(), await signUp(), await signUp()];
  await api.deps.db.update(users).set({ role: "moderator" }).where(eq(users.id, moderator.id));
  for (const hidden of [await makeEvent({ visibility: "private" }), await makeEvent({ status: "draft" })]) {
    const { id: sessionId } = await call<Session>("POST", `/api/events/${hidden.id}/sessions`, 201, admin, {
      title: "Inside",
    });
    await api.deps.db.insert(members).values({ eventId: hidden.id, userId: member.id, role: "speaker" });
    const listed = async (caller?: Caller) =>
      (await call<{ items: Event[] }>("GET", "/api/events?limit=200", 200, caller)).items.some(
        (event) => event.id === hidden.id,
      );
    for (const outside of [undefined, stranger]) {
      await call("GET", `/api/events/${hidden.id}`, 404, outside);
      await call("GET", `/api/sessions/${sessionId}`, 404, outside);
      expect(await listed(outside)).toBe(false);
    }
    await call("POST", `/api/events/${hidden.id}/join`, 404, stranger);
    for (const inside of [member, moderator, admin]) {
      await call("GET", `/api/events/${hidden.id}`, 200, inside);
      await call("GET", `/api/sessions/${sessionId}`, 200, inside);
      expect(await listed(inside)).toBe(true);
    }
  }
});

test("a list is paged without a gap or a repeat", async () => {
  const made = new Set<string>();
  for (let count = 0; count < 5; count++)
    made.add((await makeEvent({ startsAt: "2031-01-01T00:00:00Z" })).id);
  const seen: string[] = [];
  let cursor: string | null = "";
  do {
    const query: string = `from=2030-12-31T00:00:00Z&to=2031-02-01T00:00:00Z&limit=2${cursor ? `&cursor=${cursor}` : ""}`;
    const page: { items: Event[]; nextCursor: string | null } = await call(
      "GET",
      `/api/events?${query}`,
      200,
    );
    seen.push(...page.items.map((event) => event.id));
    cursor = page.nextCursor;
  } while (cursor);
  expect(seen).toHaveLength(5);
  expect(new Set(seen)).toEqual(made);
});

test("a query that makes no sense is refused", async () => {
  for (const query of [
    "limit=0",
    "limit=201",
    "limit=x",
    "cursor=nonsense",
    `cursor=${btoa('["2026-01-01T00:00:00.000Z","a b"]')}`,
    `cursor=${btoa("{}")}`,
    "status=unknown",
    "from=yesterday",
  ]) {
    await call("GET", `/api/events?${query}`, 422);
  }
});

test("an id that is none of ours is not there", async () => {
  for (const path of ["evt_absent", "nonsense", "ses_absent", "%00", "a".repeat(500)]) {
    await call("GET", `/api/events/${path}`, 404);
    await call("GET", `/api/sessions/${path}`, 404);
  }
});

test("joining counts once, leaving gives the seat back", async () => {
  const event = await makeEvent();
  const guest = await signUp();
  await call("POST", `/api/events/${event.id}/join`, 401);
  const first = await call("POST", `/api/events/${event.id}/join`, 201, guest);
  expect(await call("POST", `/api/events/${event.id}/join`, 200, guest)).toEqual(first);
  expect((await call<Event>("GET", `/api/events/${event.id}`, 200)).attendeeCount).toBe(1);
  await call("DELETE", `/api/events/${event.id}/join`, 204, guest);
  await call("DELETE", `/api/events/${event.id}/join`, 204, guest);
  expect((await call<Event>("GET", `/api/events/${event.id}`, 200)).attendeeCount).toBe(0);
});

test("simultaneous joins never exceed the capacity", async () => {
  const event = await makeEvent({ maxAttendees: 3 });
  const guests: Caller[] = [];
  for (let count = 0; count < 8; count++) guests.push(await signUp());
  const statuses = await Promise.all(
    guests.map(async (guest) => {
      const headers = { authorization: `Bearer ${guest.token}` };
      const response = await api.publicApp.request(`/api/events/${event.id}/join`, {
        method: "POST",
        headers,
      });
      const body = (await response.json()) as { type?: string };
      return `${response.status} ${body.type ?? ""}`;
    }),
  );
  expect(statuses.sort()).toEqual([...Array(3).fill("201 "), ...Array(5).fill("409 /problems/event-full")]);
  expect((await call<Event>("GET", `/api/events/${event.id}`, 200)).attendeeCount).toBe(3);
});

test("the banned are refused", async () => {
  const event = await makeEvent();
  const guest = await signUp();
  await api.deps.db.insert(bans).values({ eventId: event.id, userId: guest.id });
  const problem = await call<{ type: string }>("POST", `/api/events/${event.id}/join`, 403, guest);
  expect(problem.type).toBe("/problems/banned");
});
