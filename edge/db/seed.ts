import { eq, sql } from "drizzle-orm";
import { newIdentifier, randomBase64Url } from "../protocol/identifier.ts";
import type { Database } from "./open-database.ts";
import { logins, users } from "./schema/accounts-tables.ts";
import { events, sessions } from "./schema/events-tables.ts";
import { sessionLogs } from "./schema/session-log-tables.ts";
import { streams } from "./schema/streams-tables.ts";

export interface SeedSettings {
  adminEmail: string;
  /** Absent: one is made up, and returned. */
  adminPassword?: string | undefined;
  hashPassword: (password: string) => Promise<string>;
}

export interface Seeded {
  /** Null when an admin existed already: nothing was created then. */
  created: { adminEmail: string; adminPassword: string; streamKey: string } | null;
  /** The demo as it is now; null when it was deleted. */
  demo: { eventId: string; sessionId: string; streamId: string } | null;
}

const demoSlug = "demo";
const seedLock = 7_283_164_094;

/**
 * Gives a new database its first admin and a public event with one session and one stream, so that there is
 * something to open. Does nothing where an admin exists, so what was deleted stays deleted. Secrets are returned
 * the one time they are made.
 */
export async function seedDatabase(db: Database, settings: SeedSettings): Promise<Seeded> {
  const { adminEmail } = settings;
  const adminPassword = settings.adminPassword ?? randomBase64Url(12);
  const passwordHash = await settings.hashPassword(adminPassword);
  return db.transaction(async (transaction) => {
    // Two copies that start at once on one database take turns.
    await transaction.execute(sql`select pg_advisory_xact_lock(${seedLock})`);
    if (await hasAdmin(transaction)) return { created: null, demo: await findDemo(transaction) };
    const [admin] = await transaction
      .insert(users)
      .values({ id: newIdentifier("user"), email: adminEmail, name: "Admin", role: "admin", passwordHash })
      .onConflictDoUpdate({ target: users.email, set: { role: "admin", passwordHash } })
      .returning({ id: users.id });
    // Whoever had registered this address before there was an admin must not be signed in as one now.
    if (admin) await transaction.delete(logins).where(eq(logins.userId, admin.id));
    const { streamKey, ...demo } = await createDemo(transaction);
    return { created: { adminEmail, adminPassword, streamKey }, demo };
  });
}

async function hasAdmin(db: Database): Promise<boolean> {
  const admins = await db.select({ id: users.id }).from(users).where(eq(users.role, "admin")).limit(1);
  return admins.length > 0;
}

async function findDemo(db: Database): Promise<Seeded["demo"]> {
  const rows = await db
    .select({ eventId: events.id, sessionId: sessions.id, streamId: streams.id })
    .from(events)
    .innerJoin(sessions, eq(sessions.eventId, events.id))
    .innerJoin(streams, eq(streams.sessionId, sessions.id))
    .where(eq(events.slug, demoSlug))
    .limit(1);
  return rows[0] ?? null;
}

async function createDemo(db: Database) {
  const eventId = newIdentifier("event");
  const sessionId = newIdentifier("session");
  const streamId = newIdentifier("stream");
  const streamKey = `sk_${randomBase64Url(24)}`;
  await db.insert(events).values({
    id: eventId,
    slug: demoSlug,
    title: "Demo event",
    description:
      "A place to try things: publish to its stream, open the watch page, say something in the chat.",
    status: "live",
    visibility: "public",
  });
  await db.insert(sessions).values({ id: sessionId, eventId, title: "Main stage", status: "live" });
  await db.insert(sessionLogs).values({ sessionId });
  await db.insert(streams).values({
    id: streamId,
    title: "Main stage",
    sessionId,
    keyHash: await sha256Hex(streamKey),
    playbackId: newIdentifier("playback"),
  });
  return { eventId, sessionId, streamId, streamKey };
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
