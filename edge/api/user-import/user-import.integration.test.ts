import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { mailsDue, users } from "../../db/schema/accounts-tables.ts";
import { attendees, events, members } from "../../db/schema/events-tables.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { ImportMessage } from "../../protocol/user-import.ts";
import { call, newToken, signIn } from "../streams/test-client.ts";
import { ban, makeEvent, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

// Thousands of people, and megabytes of a file, beside two others that use the processors.
vi.setConfig({ testTimeout: 180_000 });

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await createTestApi({ PUBLIC_URL: "https://live.example.org" });
  token = await newToken(api, "admin");
});
beforeEach(() => {
  api.mails.length = 0;
  api.roomCalls.length = 0;
});
afterAll(() => api.drop());

/** Addresses nobody else has. */
function emails(count: number): string[] {
  const mark = newIdentifier("user").slice(4).toLowerCase();
  return Array.from({ length: count }, (_, index) => `u${index}.${mark}@example.org`);
}
const csv = (addresses: readonly string[], role = "attendee") =>
  `email,name,role\n${addresses.map((email, index) => `${email},Person ${index},${role}\n`).join("")}`;

async function send(
  body: string | Uint8Array<ArrayBuffer>,
  query = "",
  headers: Record<string, string> = { "content-type": "text/csv" },
): Promise<Response> {
  const response = await api.publicApp.request(`/api/users/import${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, ...headers },
    body,
  });
  return response;
}

async function importAll(body: string, query = "", headers?: Record<string, string>) {
  const response = await send(body, query, headers);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  await api.settled();
  const messages = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ImportMessage);
  const summary = messages.at(-1);
  if (summary?.type !== "summary") throw new Error(`no summary: ${text.slice(-500)}`);
  const { created, updated, skipped, invalid } = summary;
  return {
    messages,
    counts: [created, updated, skipped, invalid],
    rows: messages.filter((message) => message.type === "row"),
    progress: messages.filter((message) => message.type === "progress"),
  };
}

const find = (addresses: string[]) => api.deps.db.select().from(users).where(inArray(users.email, addresses));

test("new people are created without a password, and running the file again creates nobody", async () => {
  const addresses = emails(3);
  const first = await importAll(csv(addresses, "speaker"));
  expect(first.counts).toEqual([3, 0, 0, 0]);
  expect(first.rows).toEqual([2, 3, 4].map((line) => ({ type: "row", line, status: "created" })));
  expect((await importAll(csv(addresses, "speaker"))).counts).toEqual([0, 0, 3, 0]);
  const rows = await find(addresses);
  expect(rows.map(({ role, passwordHash }) => [role, passwordHash])).toEqual(
    addresses.map(() => ["speaker", null]),
  );
});

test("each new person is sent an invitation once, by whose link a password is chosen", async () => {
  const addresses = emails(25);
  await importAll(csv(addresses));
  await importAll(csv(addresses));
  expect(api.mails.map(({ to }) => to).sort()).toEqual([...addresses].sort());
  expect(await api.deps.db.select().from(mailsDue)).toEqual([]);
  const link = /https:\/\/live\.example\.org\/password#([\w-]+)/.exec(api.mails[0]!.text)?.[1];
  const next = "correct horse battery";
  await call(api, "POST", "/api/auth/login", 401, { body: { email: api.mails[0]!.to, password: "" } });
  await call(api, "POST", "/api/auth/password/reset", 204, { body: { token: link, next } });
  await call(api, "POST", "/api/auth/login", 200, { body: { email: api.mails[0]!.to, password: next } });
});

test("a dry run says what would be, and does nothing", async () => {
  const addresses = emails(4);
  await importAll(csv(addresses.slice(0, 2)));
  api.mails.length = 0;
  const eventId = await makeEvent(api.deps.db, { maxAttendees: 3 });
  const content = `${csv(addresses)}${addresses[3]},Again,\nnobody,X,\n`;
  const dry = await importAll(content, `?dryRun=true&eventId=${eventId}`);
  expect(dry.counts).toEqual([2, 2, 1, 1]);
  expect(dry.rows[3]).toMatchObject({ status: "created", detail: "the event is full: has no seat" });
  expect((await find(addresses)).length).toBe(2);
  expect(api.mails).toEqual([]);
  expect(await api.deps.db.select().from(attendees).where(eq(attendees.eventId, eventId))).toEqual([]);
});

test("JSON is read like CSV, with places for lines, and a bad entry is that entry's problem", async () => {
  const [ada, bob] = emails(2);
  const body = JSON.stringify({
    users: [
      { email: ada, name: "Ada", role: "moderator" },
      { email: 7 },
      null,
      { email: bob },
      { email: bob },
    ],
  });
  const { rows, counts } = await importAll(body, "", { "content-type": "application/json" });
  expect(counts).toEqual([2, 0, 1, 2]);
  expect(rows.map(({ line, status }) => [line, status])).toEqual([
    [1, "created"],
    [2, "invalid"],
    [3, "invalid"],
    [4, "created"],
    [5, "skipped"],
  ]);
});

test("with an event everyone joins it, up to its capacity, in the order of the file; roles hold there only", async () => {
  const { db } = api.deps;
  const eventId = await makeEvent(db, { maxAttendees: 3, visibility: "private" });
  const addresses = emails(6);
  await importAll(csv(addresses.slice(0, 1)));
  const banned = (await find(addresses.slice(0, 1)))[0]!;
  await ban(db, eventId, banned.id);
  const { rows, counts } = await importAll(csv(addresses, "speaker"), `?eventId=${eventId}`);
  expect(counts).toEqual([5, 0, 1, 0]);
  expect(rows[0]).toMatchObject({ status: "skipped", detail: "is banned from the event" });
  expect(rows.slice(4).map(({ detail }) => detail)).toEqual([
    "the event is full: has no seat",
    "the event is full: has no seat",
  ]);
  expect((await db.select().from(attendees).where(eq(attendees.eventId, eventId))).length).toBe(3);
  expect(
    (await db.select().from(members).where(eq(members.eventId, eventId))).map(({ role }) => role),
  ).toEqual(Array.from({ length: 5 }, () => "speaker"));
  expect(new Set((await find(addresses)).map(({ role }) => role))).toEqual(new Set(["attendee"]));
  const [event] = await db.select().from(events).where(eq(events.id, eventId));
  expect(event?.attendeeCount).toBe(3);
  expect(api.mails.at(-1)?.subject).toBe("Your invitation to Launch");
});

test("an event without a limit seats everyone, known or new, once", async () => {
  const eventId = await makeEvent(api.deps.db);
  const addresses = emails(5);
  await importAll(csv(addresses.slice(0, 2)));
  expect((await importAll(csv(addresses), `?eventId=${eventId}`)).counts).toEqual([3, 2, 0, 0]);
  expect((await importAll(csv(addresses), `?eventId=${eventId}`)).counts).toEqual([0, 0, 5, 0]);
  const [event] = await api.deps.db.select().from(events).where(eq(events.id, eventId));
  expect(event?.attendeeCount).toBe(5);
});

test("known people get the file's name and role, and the sockets of those with a new role are closed", async () => {
  const addresses = emails(2);
  await importAll(csv(addresses));
  const { counts } = await importAll(
    `email,name,role\n${addresses[0]},Person 0,moderator\n${addresses[1]},Renamed,\n`,
  );
  expect(counts).toEqual([0, 2, 0, 0]);
  const rows = await find(addresses);
  expect(Object.fromEntries(rows.map(({ email, name, role }) => [email, [name, role]]))).toEqual({
    [addresses[0]!]: ["Person 0", "moderator"],
    [addresses[1]!]: ["Renamed", "attendee"],
  });
  expect(api.roomCalls.length).toBe(1);
});

test("an import does not demote an admin", async () => {
  const { db } = api.deps;
  const id = await makeUser(db, "admin");
  const [row] = await db.select().from(users).where(eq(users.id, id));
  const { rows } = await importAll(`email,role\n${row?.email},attendee\n`);
  expect(rows[0]).toMatchObject({ status: "invalid" });
  expect((await db.select().from(users).where(eq(users.id, id)))[0]?.role).toBe("admin");
});

test("progress has the number of rows from the beginning, and ends with it", async () => {
  const { progress } = await importAll(csv(emails(2500)), "?dryRun=true");
  expect(progress).toEqual([0, 1000, 2000, 2500].map((done) => ({ type: "progress", done, total: 2500 })));
});

test("two imports of the same file at once create each person once", async () => {
  const addresses = emails(1500);
  const content = csv(addresses);
  const [header, ...lines] = content.trimEnd().split("\n");
  const backwards = [header, ...lines.reverse()].join("\n");
  const both = await Promise.all([importAll(content), importAll(backwards)]);
  const total = both[0].counts.map((count, index) => count + both[1].counts[index]!);
  expect(total).toEqual([1500, 0, 1500, 0]);
});

test("a caller who goes away stops the import after a batch, and the next run does the rest", async () => {
  const addresses = emails(6000);
  const response = await send(csv(addresses));
  const reader = response.body!.getReader();
  await reader.read();
  await reader.read();
  await reader.cancel();
  await api.settled();
  const left = await find(addresses);
  expect(left.length).toBeGreaterThan(0);
  const { counts } = await importAll(csv(addresses));
  expect(counts).toEqual([6000 - left.length, 0, left.length, 0]);
});

test("a file of more than a mebibyte is taken here, and nowhere else", async () => {
  const addresses = emails(3);
  const content = `note,email\n${addresses.map((email) => `${"x".repeat(500_000).replace(/x{60000}/g, "")},${email}\n`).join("")}${`${"y".repeat(60_000)},\n`.repeat(20)}`;
  expect(content.length).toBeGreaterThan(1024 * 1024);
  expect((await importAll(content)).counts).toEqual([3, 0, 0, 20]);
  const elsewhere = await api.publicApp.request("/api/events", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: content,
  });
  expect(elsewhere.status).toBe(413);
});

test("an Idempotency-Key answers the second time what was answered the first", async () => {
  const content = csv(emails(2));
  const headers = { "content-type": "text/csv", "idempotency-key": newIdentifier("request") };
  const first = await (await send(content, "", headers)).text();
  const second = await (await send(content, "", headers)).text();
  expect(first).toContain('"created":2');
  expect(second).toBe(first);
});

test("what was imported is in the audit log", async () => {
  const eventId = await makeEvent(api.deps.db);
  await importAll(csv(emails(2)), `?eventId=${eventId}`);
  const entries = await api.deps.db.select().from(auditLog).where(eq(auditLog.eventId, eventId));
  expect(entries.map(({ action, detail }) => [action, detail])).toEqual([
    ["users.imported", { created: 2, updated: 0, skipped: 0, invalid: 0 }],
  ]);
});

test.each([
  ["columns that stand twice", "email,email\na@example.org,b@example.org\n", "text/csv", "", 422, "invalid"],
  ["an open quote", 'email\n"a@example.org\n', "text/csv", "", 422, "invalid"],
  ["nothing", "", "text/csv", "", 422, "invalid"],
  ["broken JSON", '{"users": [', "application/json", "", 400, "malformed"],
  ["JSON of another shape", "[]", "application/json", "", 422, "invalid"],
  ["users that are no list", '{"users": {}}', "application/json", "", 422, "invalid"],
  ["JSON that nests deep", `{"users":${"[".repeat(200_000)}`, "application/json", "", 400, "malformed"],
  ["another type", "email\n", "text/plain", "", 415, "unsupported-media-type"],
  ["an event that is not there", "email\n", "text/csv", "?eventId=evt_nothing", 404, "not-found"],
  ["an id that is none", "email\n", "text/csv", "?eventId=../x", 422, "invalid"],
  ["a role that is none", "email\n", "text/csv", "?role=owner", 422, "invalid"],
  ["a dry run that is neither", "email\n", "text/csv", "?dryRun=perhaps", 422, "invalid"],
  [
    "too much JSON",
    `{"users":["${"x".repeat(17 * 1024 * 1024)}"]}`,
    "application/json",
    "",
    413,
    "too-large",
  ],
])("%s is refused before anything is done", async (_what, body, type, query, status, code) => {
  const response = await send(body, query, { "content-type": type });
  const text = await response.text();
  expect(response.status, text).toBe(status);
  expect(JSON.parse(text).type).toBe(`/problems/${code}`);
});

test("an event that is over takes nobody", async () => {
  const eventId = await makeEvent(api.deps.db, { status: "cancelled" });
  expect((await send(csv(emails(1)), `?eventId=${eventId}`)).status).toBe(409);
});

test("only admins import", async () => {
  const moderator = await signIn(api, await makeUser(api.deps.db, "moderator"));
  const ask = (headers: Record<string, string>) =>
    api.publicApp.request("/api/users/import", {
      method: "POST",
      headers: { "content-type": "text/csv", ...headers },
      body: csv(emails(1)),
    });
  expect((await ask({ authorization: `Bearer ${moderator.token}` })).status).toBe(403);
  expect((await ask({})).status).toBe(401);
});
