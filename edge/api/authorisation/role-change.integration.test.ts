import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { events, members } from "../../db/schema/events-tables.ts";
import { createPublicApp } from "../app.ts";
import { call, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let processes: ReturnType<typeof createPublicApp>[];
beforeAll(async () => {
  api = await createTestApi();
  processes = [createPublicApp(api.deps), createPublicApp(api.deps)];
  // So that no other admin is the last.
  await makeUser(api.deps.db, "admin");
});
afterAll(() => api.drop());

test("a role that is taken away refuses whatever is sent after, while requests are open through two processes", async () => {
  const { db } = api.deps;
  for (let round = 0; round < 10; round++) {
    const adminId = await makeUser(db, "admin");
    const { token } = await signIn(api, adminId);
    const title = `Round ${round}`;
    const create = async (index: number) => {
      const response = await processes[index % 2]!.request("/api/events", {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ title }),
      });
      await response.arrayBuffer();
      return response.status;
    };
    const open = Array.from({ length: 20 }, (_, index) => create(index));
    await db.update(users).set({ role: "attendee" }).where(eq(users.id, adminId));
    const after = await Promise.all(Array.from({ length: 20 }, (_, index) => create(index)));
    expect(new Set(after)).toEqual(new Set([403]));
    const before = await Promise.all(open);
    expect([...new Set(before)].filter((status) => status !== 201 && status !== 403)).toEqual([]);
    const made = await db.select().from(events).where(eq(events.title, title));
    expect(made).toHaveLength(before.filter((status) => status === 201).length);
  }
});

test("a role in one event comes and goes with the next request, and reaches no other event", async () => {
  const { db } = api.deps;
  const [here, elsewhere] = [await makeEvent(db), await makeEvent(db)];
  const userId = await makeUser(db);
  const { token } = await signIn(api, userId);
  const attendees = (eventId: string, status: number) =>
    call(api, "GET", `/api/events/${eventId}/attendees`, status, { token });
  await attendees(here, 403);
  await giveRole(db, here, userId, "moderator");
  await attendees(here, 200);
  await attendees(elsewhere, 403);
  await db.update(members).set({ role: "speaker" }).where(eq(members.userId, userId));
  await attendees(here, 403);
});
