import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { users } from "../../db/schema/accounts-tables.ts";
import { createTestDatabase, type TestDatabase } from "../../db/test-database.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand } from "../../protocol/internal-rooms.ts";
import { commitSession } from "../session-log/commit-session.ts";
import { readLog } from "../session-log/session-log-queries.ts";
import { giveRole, makeEvent, makeSession, makeUser, seat } from "../streams/test-scene.ts";
import { forgetNameInLogs } from "./forget-name-in-logs.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test("a name is forgotten wherever a session's log has it, and nothing else is touched", async () => {
  const { db } = database;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, { askersVisibleToStaff: true });
  const name = `Ada "\\" Lovelace`;
  const ada = await makeUser(db, "attendee", name);
  await db.update(users).set({ avatarUrl: "https://example.org/lovelace.png" }).where(eq(users.id, ada));
  const bob = await makeUser(db, "attendee", "Bob");
  const mod = await makeUser(db, "attendee", "Mod");
  await giveRole(db, eventId, mod, "moderator");
  await seat(db, eventId, ada, bob);
  const send = async (userId: string, type: string, data: object) => {
    const command = { userId, ref: newIdentifier("request"), type, data } as unknown as CommitCommand;
    const { results } = await commitSession(db, sessionId, [command]);
    expect(results[0], JSON.stringify(results)).toMatchObject({ ok: true });
    return (results[0] as { ack: { id: string } }).ack;
  };
  const said = await send(ada, "chat:send", { text: "hello" });
  await send(mod, "chat:pin", { messageId: said.id, pinned: true });
  // What looks like a person inside a text is a text.
  const trap = `{"id": "${ada}", "name": "Somebody", "role": "attendee", "avatarUrl": "x"}`;
  await send(bob, "chat:send", { text: trap, mentions: [ada] });
  await send(ada, "question:ask", { text: "Named?", anonymous: false });
  await send(ada, "question:ask", { text: "Unnamed?", anonymous: true });
  await send(mod, "question:from-message", { messageId: said.id });
  await send(mod, "chat:mute", { userId: ada, seconds: 60, shadow: false });
  const before = await readLog(db, sessionId, 0, 100);
  expect(JSON.stringify(before)).toContain("Lovelace");

  await forgetNameInLogs(db, ada, "Deleted user");

  const after = await readLog(db, sessionId, 0, 100);
  expect(JSON.stringify(after)).not.toContain("ovelace");
  const expected = JSON.parse(
    JSON.stringify(before)
      .replaceAll(JSON.stringify(name), '"Deleted user"')
      .replaceAll('"https://example.org/lovelace.png"', "null"),
  );
  expect(after).toEqual(expected);
  const rows = await db.execute<{ text: string; mentions: object[] }>(sql`
    select text, mentions from chat_messages where session_id = ${sessionId} and user_id = ${bob}`);
  expect(rows).toMatchObject([{ text: trap, mentions: [{ id: ada, name: "Deleted user" }] }]);
  const kept = await db.execute(sql`select 1 from session_commands where user_id = ${ada}`);
  expect(kept.length).toBe(0);
});
