/** What the benchmark's people see: written straight into the database, since it is not what is measured. */
import postgres from "postgres";
import { scryptHash } from "../../edge/api/password-hashing/scrypt.ts";
import { signSessionToken } from "../../edge/auth/session-token.ts";
import { newIdentifier } from "../../edge/protocol/identifier.ts";

export interface Scene {
  /** Tokens of a thousand attendees. */
  tokens: readonly string[];
  /** A live public event with five sessions, two speakers each. */
  eventId: string;
  /** A hundred accounts with one password. */
  accounts: readonly { email: string; password: string }[];
  /** New events for everyone to join; older than those that lists begin with. */
  createEvents(count: number): Promise<string[]>;
  /** Takes away whom an import made. */
  forgetImported(): Promise<void>;
  close(): Promise<void>;
}

const people = 1000;
const listedEvents = 50;
const password = "correct horse battery staple";

export async function createScene(databaseUrl: string, jwtSecret: string): Promise<Scene> {
  const sql = postgres(databaseUrl, { max: 2, fetch_types: false, onnotice: () => {} });
  const users = Array.from({ length: people }, (_, index) => ({
    id: newIdentifier("user"),
    email: `attendee-${index}@bench.example`,
    name: `Attendee ${index}`,
    password_hash: null as string | null,
  }));
  const hash = await scryptHash(password);
  for (const user of users.slice(0, 100)) user.password_hash = hash;
  await sql`insert into users ${sql(users)}`;

  const expiresAt = new Date(Date.now() + 86_400_000);
  const logins = users.map(({ id }) => ({ id: newIdentifier("login"), user_id: id, expires_at: expiresAt }));
  await sql`insert into logins ${sql(logins)}`;
  const tokens = await Promise.all(
    logins.map(({ id, user_id }) => signSessionToken(jwtSecret, { userId: user_id, loginId: id }, expiresAt)),
  );

  const createEvents = async (count: number, createdAt: Date) => {
    const events = Array.from({ length: count }, (_, index) => ({
      id: newIdentifier("event"),
      slug: newIdentifier("event").toLowerCase().replaceAll("_", "-"),
      title: `The launch, part ${index}`,
      description: "What is new, shown by those who made it, with time for questions at the end.".repeat(3),
      status: "live",
      starts_at: new Date(),
      ends_at: new Date(Date.now() + 7_200_000),
      primary_color: "#123456",
      accent_color: "#fedcba",
      created_at: createdAt,
    }));
    await sql`insert into events ${sql(events)}`;
    return events.map(({ id }) => id);
  };
  const listed = await createEvents(listedEvents, new Date());
  const eventId = listed[0]!;
  const sessions = listed.flatMap((event_id) =>
    Array.from({ length: event_id === eventId ? 5 : 2 }, (_, index) => ({
      id: newIdentifier("session"),
      event_id,
      title: `Session ${index}`,
    })),
  );
  await sql`insert into sessions ${sql(sessions)}`;
  const speakers = sessions.flatMap(({ id }) =>
    users.slice(0, 2).map((user) => ({ session_id: id, user_id: user.id })),
  );
  await sql`insert into session_speakers ${sql(speakers)}`;
  await sql`analyze`;

  return {
    tokens,
    eventId,
    accounts: users.slice(0, 100).map(({ email }) => ({ email, password })),
    createEvents: (count) => createEvents(count, new Date(Date.now() - 86_400_000)),
    forgetImported: async () => {
      await sql`delete from users where email like 'imported-%'`;
      await sql`vacuum analyze users`;
    },
    close: () => sql.end({ timeout: 5 }),
  };
}
