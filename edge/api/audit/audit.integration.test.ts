import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditEntry } from "../../protocol/audit.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { call, signIn } from "../streams/test-client.ts";
import { makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { auditAs } from "./audit.ts";

let api: TestApi;
let admin: { token: string };
let adminId: string;
beforeAll(async () => {
  api = await createTestApi();
  adminId = await makeUser(api.deps.db, "admin");
  admin = await signIn(api, adminId);
});
afterAll(() => api.drop());

const list = async (query = "") =>
  (await call(api, "GET", `/api/audit${query}`, 200, admin)).body as {
    items: AuditEntry[];
    nextCursor: string | null;
  };

test("an entry says who did what to what, and is found by each of these", async () => {
  const eventId = newIdentifier("event");
  await auditAs(api.deps.db, adminId, {
    action: "event.updated",
    subject: { kind: "event", id: eventId },
    detail: { fields: ["title"] },
  });
  await auditAs(api.deps.db, null, { action: "user.promoted", subject: { kind: "user", id: adminId } });
  const entry = {
    actorId: adminId,
    action: "event.updated",
    subject: { kind: "event", id: eventId },
    eventId,
  };
  for (const query of [
    `?actorId=${adminId}`,
    `?subjectId=${eventId}`,
    `?eventId=${eventId}`,
    "?action=event.updated",
  ]) {
    expect((await list(query)).items, query).toEqual([
      expect.objectContaining({ ...entry, detail: { fields: ["title"] } }),
    ]);
  }
  expect((await list(`?subjectId=${adminId}`)).items).toMatchObject([
    { actorId: null, action: "user.promoted" },
  ]);
  const at = (await list(`?eventId=${eventId}`)).items[0]?.at ?? "";
  expect((await list(`?eventId=${eventId}&from=${at}`)).items).toHaveLength(1);
  expect((await list(`?eventId=${eventId}&to=${at}`)).items).toHaveLength(0);
});

test("an act that is rolled back leaves no entry", async () => {
  const id = newIdentifier("stream");
  const act = { action: "stream.deleted", subject: { kind: "stream", id } } as const;
  await api.deps.db
    .transaction(async (transaction) => {
      await auditAs(transaction, adminId, act);
      throw new Error("changed my mind");
    })
    .catch(() => {});
  expect((await list(`?subjectId=${id}`)).items).toEqual([]);
});

test("pages of the log neither repeat nor leave out an entry while more is written", async () => {
  const id = newIdentifier("stream");
  const act = { action: "stream.ended", subject: { kind: "stream", id } } as const;
  for (let count = 0; count < 7; count++) await auditAs(api.deps.db, adminId, act);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page = await list(`?subjectId=${id}&limit=2${next}`);
    seen.push(...page.items.map((entry) => entry.id));
    cursor = page.nextCursor;
    await auditAs(api.deps.db, adminId, act);
  } while (cursor !== null);
  expect(seen).toHaveLength(7);
  expect(new Set(seen).size).toBe(7);
});

test("filters that name nothing possible are refused by their names", async () => {
  for (const query of [
    "actorId=x",
    "action=Everything",
    "subjectId=a'b",
    "eventId=usr_x",
    "from=2026-02-30T00:00:00Z",
  ]) {
    const { body } = await call(api, "GET", `/api/audit?${query}`, 422, admin);
    expect(body.errors[0].pointer, query).toBe(`/${query.split("=")[0]}`);
  }
});
