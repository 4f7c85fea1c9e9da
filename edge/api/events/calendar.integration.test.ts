import ICAL from "ical.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeUser, seat } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
});
afterAll(() => api.drop());

const day = (hour: number) => new Date(Date.UTC(2031, 4, 2, hour));
async function calendar(path: string, token?: string) {
  const answer = await api.publicApp.request(path, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
  const entries = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent").map((found) => ({
    uid: String(found.getFirstPropertyValue("uid")),
    sequence: Number(found.getFirstPropertyValue("sequence")),
    status: String(found.getFirstPropertyValue("status")),
    start: String(found.getFirstPropertyValue("dtstart")),
    summary: String(found.getFirstPropertyValue("summary")),
  }));
  return { entries, tag: answer.headers.get("etag")! };
}
const put = (path: string, body: unknown) => call(api, "PUT", path, 200, { token: admin, body });

test("an entry keeps its id and raises its sequence as it moves, is renamed, cancelled and taken up again", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { status: "scheduled", startsAt: day(8), endsAt: day(18) });
  const sessionId = await makeSession(db, eventId, { startsAt: day(9), endsAt: day(10) });
  const path = `/api/events/${eventId}/calendar.ics`;
  const read = async () => {
    const { entries } = await calendar(path);
    expect(entries.map(({ uid }) => uid)).toEqual([`${eventId}@rostrum`, `${sessionId}@rostrum`]);
    return entries.map(({ sequence, status, start }) => ({ sequence, status, start }));
  };
  const start = "2031-05-02T08:00:00Z";
  const fresh = { sequence: 0, status: "CONFIRMED" };
  expect(await read()).toEqual([
    { ...fresh, start },
    { ...fresh, start: "2031-05-02T09:00:00Z" },
  ]);
  await put(`/api/sessions/${sessionId}`, {
    startsAt: "2031-05-02T11:00:00Z",
    endsAt: "2031-05-02T12:00:00Z",
  });
  const moved = { start: "2031-05-02T11:00:00Z", status: "CONFIRMED", sequence: 1 };
  expect(await read()).toEqual([{ ...fresh, start }, moved]);
  // What calendars do not show changes nothing for them.
  await put(`/api/sessions/${sessionId}`, { slowModeSeconds: 5 });
  expect(await read()).toEqual([{ ...fresh, start }, moved]);
  await put(`/api/sessions/${sessionId}`, { status: "cancelled" });
  expect(await read()).toEqual([
    { ...fresh, start },
    { ...moved, status: "CANCELLED", sequence: 2 },
  ]);
  await put(`/api/sessions/${sessionId}`, { status: "scheduled" });
  await put(`/api/events/${eventId}`, { status: "cancelled" });
  expect(await read()).toEqual([
    { sequence: 1, status: "CANCELLED", start },
    { ...moved, status: "CANCELLED", sequence: 4 },
  ]);
  await put(`/api/events/${eventId}`, { status: "scheduled" });
  expect(await read()).toEqual([
    { sequence: 2, status: "CONFIRMED", start },
    { ...moved, sequence: 5 },
  ]);
  await put(`/api/events/${eventId}`, { title: "Renamed" });
  expect(await read()).toEqual([
    { sequence: 3, status: "CONFIRMED", start },
    { ...moved, sequence: 6 },
  ]);
});

test("a feed that has not changed is not sent again", async () => {
  const eventId = await makeEvent(api.deps.db, { startsAt: day(8) });
  const path = `/api/events/${eventId}/calendar.ics`;
  const { tag } = await calendar(path);
  const again = await api.publicApp.request(path, { headers: { "if-none-match": tag } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

test("a calendar shows what its reader may see", async () => {
  const { db } = api.deps;
  const [open, closed, draft, old] = [
    await makeEvent(db, { startsAt: day(8) }),
    await makeEvent(db, { startsAt: day(8), visibility: "private" }),
    await makeEvent(db, { startsAt: day(8), status: "draft" }),
    await makeEvent(db, {
      startsAt: new Date("2001-01-01T00:00:00Z"),
      endsAt: new Date("2001-01-02T00:00:00Z"),
    }),
  ];
  const member = await makeUser(db);
  await seat(db, closed, member);
  const { token } = await signIn(api, member);
  for (const [reader, seen] of [
    [undefined, [open]],
    [token, [open, closed]],
    [admin, [open, closed, draft]],
  ] as const) {
    const uids = (await calendar("/api/calendar.ics", reader)).entries.map(({ uid }) => uid);
    const mine = [open, closed, draft, old].filter((id) => uids.includes(`${id}@rostrum`));
    expect(mine).toEqual(seen);
    for (const id of [open, closed, draft]) {
      const expected = (seen as readonly string[]).includes(id) ? 200 : 404;
      const answer = await api.publicApp.request(`/api/events/${id}/calendar.ics`, {
        headers: reader === undefined ? {} : { authorization: `Bearer ${reader}` },
      });
      expect(answer.status).toBe(expected);
    }
  }
});
