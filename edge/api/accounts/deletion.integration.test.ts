import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { auditLog } from "../../db/schema/operations-tables.ts";
import { call } from "../streams/test-client.ts";
import { makeEvent } from "../streams/test-scene.ts";
import { createTestApi, freshEmail, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi({ LOGIN_FAILURES_PER_ACCOUNT: "2" });
});
afterAll(() => api.drop());

const password = "correct horse battery";
async function register() {
  const email = freshEmail();
  const { body } = await call(api, "POST", "/api/auth/register", 201, {
    body: { email, password, name: "Ada" },
  });
  return { id: body.user.id as string, email, token: body.token as string };
}
const leave = (token: string, status: number, given = password) =>
  call(api, "POST", "/api/auth/delete-account", status, { token, body: { password: given } });

test("an account is deleted by its password: name and email go, logins and sockets end, what was said stays", async () => {
  const { id, email, token } = await register();
  const eventId = await makeEvent(api.deps.db);
  await call(api, "POST", `/api/events/${eventId}/join`, 201, { token });
  const { headers } = await leave(token, 204);
  expect(headers.get("set-cookie")).toMatch(/rostrum_session=;.*Max-Age=0/);
  await api.settled();
  expect(api.roomCalls).toContainEqual({
    call: "revoke",
    args: [expect.objectContaining({ userId: id, code: 4401 })],
  });
  await call(api, "GET", "/api/auth/me", 401, { token });
  await call(api, "POST", "/api/auth/login", 401, { body: { email, password } });
  const [row] = await api.deps.db.select().from(users).where(eq(users.id, id));
  expect(row).toMatchObject({ name: "Deleted user", passwordHash: null });
  expect(row?.email).not.toBe(email);
  const entries = await api.deps.db.select().from(auditLog).where(eq(auditLog.subjectId, id));
  expect(entries).toMatchObject([{ action: "user.deleted", actorId: id }]);
});

test("a stolen token alone deletes nothing this way, and is no place to guess the password at", async () => {
  const { id, token } = await register();
  await leave(token, 401, "wrong");
  await leave(token, 401, "also wrong");
  await leave(token, 429);
  const [row] = await api.deps.db.select().from(users).where(eq(users.id, id));
  expect(row).toMatchObject({ name: "Ada", deletedAt: null });
});

test("the last admin cannot leave", async () => {
  const { id, token } = await register();
  await api.deps.db.update(users).set({ role: "admin" }).where(eq(users.id, id));
  const { body } = await leave(token, 409);
  expect(body.type).toBe("/problems/last-admin");
  await call(api, "GET", "/api/auth/me", 200, { token });
});

test("nobody leaves without saying the password", async () => {
  const { token } = await register();
  await call(api, "POST", "/api/auth/delete-account", 422, { token, body: {} });
  await call(api, "POST", "/api/auth/delete-account", 401, { body: { password } });
});
