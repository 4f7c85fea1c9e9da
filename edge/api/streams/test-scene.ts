/** Rows that the tests of streams, playback, realtime and the session log set their scenes with. */
import type { Database } from "../../db/open-database.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import { attendees, bans, events, members, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { Role } from "../../protocol/accounts.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { hashStreamKey, newStreamKey } from "./stream-key.ts";

export async function makeUser(
  db: Database,
  role: Role = "attendee",
  name = "Ada",
  more: Partial<typeof users.$inferInsert> = {},
): Promise<string> {
  const id = newIdentifier("user");
  await db
    .insert(users)
    .values({ id, email: `${id.toLowerCase()}@example.org`, name, role, passwordHash: "x", ...more });
  return id;
}

export async function makeUsers(db: Database, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newIdentifier("user"));
  await db.insert(users).values(
    ids.map((id, index) => ({
      id,
      email: `${id.toLowerCase()}@example.org`,
      name: `Person ${index}`,
      passwordHash: "x",
    })),
  );
  return ids;
}

export async function makeEvent(
  db: Database,
  more: Partial<typeof events.$inferInsert> = {},
): Promise<string> {
  const id = newIdentifier("event");
  await db.insert(events).values({ id, slug: id, title: "Launch", status: "live", ...more });
  return id;
}

export async function makeSession(
  db: Database,
  eventId: string,
  more: Partial<typeof sessions.$inferInsert> = {},
): Promise<string> {
  const id = newIdentifier("session");
  await db.insert(sessions).values({ id, eventId, title: "Keynote", ...more });
  return id;
}

export async function makeStream(
  db: Database,
  more: Partial<typeof streams.$inferInsert> = {},
): Promise<{ id: string; playbackId: string; streamKey: string }> {
  const id = newIdentifier("stream");
  const playbackId = newIdentifier("playback");
  const streamKey = newStreamKey();
  const keyHash = await hashStreamKey(streamKey);
  await db.insert(streams).values({ id, title: "Main stage", playbackId, keyHash, ...more });
  return { id, playbackId, streamKey };
}

export async function seat(db: Database, eventId: string, ...userIds: string[]): Promise<void> {
  await db.insert(attendees).values(userIds.map((userId) => ({ eventId, userId })));
}

export async function giveRole(
  db: Database,
  eventId: string,
  userId: string,
  role: "attendee" | "speaker" | "moderator",
): Promise<void> {
  await db.insert(members).values({ eventId, userId, role });
}

export async function ban(db: Database, eventId: string, userId: string): Promise<void> {
  await db.insert(bans).values({ eventId, userId });
}
