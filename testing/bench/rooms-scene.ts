/** Whom and what the rooms' loads need, written straight into the database, since it is not what is measured. */
import postgres from "postgres";
import { signSessionToken } from "../../edge/auth/session-token.ts";
import { newIdentifier } from "../../edge/protocol/identifier.ts";

export interface RoomsScene {
  readonly sql: postgres.Sql;
  /** Tokens of people who have joined the event; its moderators, who may write as fast as they like, come first. */
  readonly tokens: readonly string[];
  readonly moderators: number;
  readonly userIds: readonly string[];
  readonly eventId: string;
  /** New sessions of the event. */
  createSessions(count: number): Promise<string[]>;
  close(): Promise<void>;
}

const rowsAtOnce = 2000;

/** `people`: how many, of whom the first `moderators` moderate the event. It is public and live. */
export async function createRoomsScene(
  databaseUrl: string,
  jwtSecret: string,
  { people, moderators }: { people: number; moderators: number },
): Promise<RoomsScene> {
  const sql = postgres(databaseUrl, { max: 2, fetch_types: false, onnotice: () => {} });
  const insert = async (table: string, rows: readonly Record<string, unknown>[]) => {
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      await sql`insert into ${sql(table)} ${sql(rows.slice(at, at + rowsAtOnce))}`;
    }
  };
  const users = Array.from({ length: people }, (_, index) => {
    const id = newIdentifier("user");
    return { id, email: `${id.toLowerCase()}@load.example`, name: `Attendee ${index}` };
  });
  await insert("users", users);
  const expiresAt = new Date(Date.now() + 86_400_000);
  const logins = users.map(({ id }) => ({ id: newIdentifier("login"), user_id: id, expires_at: expiresAt }));
  await insert("logins", logins);
  const tokens = await Promise.all(
    logins.map(({ id, user_id }) => signSessionToken(jwtSecret, { userId: user_id, loginId: id }, expiresAt)),
  );

  const eventId = newIdentifier("event");
  const slug = eventId.toLowerCase().replaceAll("_", "-");
  await insert("events", [{ id: eventId, slug, title: "The launch", status: "live" }]);
  const inEvent = users.map(({ id }) => ({ event_id: eventId, user_id: id }));
  await insert("attendees", inEvent);
  await insert(
    "members",
    inEvent.slice(0, moderators).map((row) => ({ ...row, role: "moderator" })),
  );
  await sql`analyze`;

  return {
    sql,
    tokens,
    moderators,
    userIds: users.map(({ id }) => id),
    eventId,
    createSessions: async (count) => {
      const rows = Array.from({ length: count }, (_, index) => ({
        id: newIdentifier("session"),
        event_id: eventId,
        title: `Session ${index}`,
      }));
      await insert("sessions", rows);
      return rows.map(({ id }) => id);
    },
    close: () => sql.end({ timeout: 5 }),
  };
}
