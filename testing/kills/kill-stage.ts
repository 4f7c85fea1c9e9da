import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { signSessionToken } from "../../edge/auth/session-token.ts";
import { newIdentifier } from "../../edge/protocol/identifier.ts";
import type { Poll } from "../../edge/protocol/polls.ts";
import { freePort } from "../support/free-port.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { KillablePostgres } from "./killable-postgres.ts";

export interface Person {
  userId: string;
  name: string;
  token: string;
}

/** One session with its people; the first is its moderator, the second is shadow-muted, the others attend. */
export interface Scene {
  eventId: string;
  sessionId: string;
  people: readonly Person[];
  polls: readonly Poll[];
}

const jwtSecret = "a secret of the killing runs, long enough";
/** Messages with it are held for the moderator. */
export const heldWord = "heron";

/** A whole Rostrum whose PostgreSQL is ours, so that it stays away as long as it should. */
export class KillStage {
  readonly rostrum: Rostrum;
  readonly postgres: KillablePostgres;
  readonly people: readonly Person[];
  readonly roomProcesses: number;
  readonly #directory: string;

  private constructor(
    rostrum: Rostrum,
    server: KillablePostgres,
    people: Person[],
    directory: string,
    roomProcesses: number,
  ) {
    this.rostrum = rostrum;
    this.postgres = server;
    this.people = people;
    this.#directory = directory;
    this.roomProcesses = roomProcesses;
  }

  static async open(
    peopleCount: number,
    roomProcesses = 1,
    environment: Record<string, string> = {},
  ): Promise<KillStage> {
    const directory = await mkdtemp(join(tmpdir(), "rostrum-kills-"));
    // Open to the user that PostgreSQL runs as.
    await chmod(directory, 0o755);
    const server = new KillablePostgres(join(directory, "postgres"), await freePort());
    try {
      await server.start();
      const rostrum = await startRostrum({
        environment: {
          JWT_SECRET: jwtSecret,
          DATABASE_URL: server.url,
          ROOM_PROCESSES: String(roomProcesses),
          GATEWAYS: String(2 * roomProcesses),
          ...environment,
        },
      });
      const people = await makePeople(server.url, peopleCount);
      return new KillStage(rostrum, server, people, directory, roomProcesses);
    } catch (error) {
      await server.kill();
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** A connection of the test's own, for as long as `work` takes. */
  async withDatabase<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = postgres(this.postgres.url, { max: 2, onnotice: () => {} });
    try {
      return await work(sql);
    } finally {
      await sql.end({ timeout: 5 });
    }
  }

  /** A new event with a session that all people may take part in. */
  async scene(): Promise<Scene> {
    const { admin } = this.rostrum;
    const event = await admin.createEvent();
    const { id: sessionId } = await admin.createSession(event.id);
    const [moderator, shadowed] = this.people;
    const seats = this.people.map(({ userId }) => ({ event_id: event.id, user_id: userId }));
    await this.withDatabase((sql) => sql`insert into attendees ${sql(seats)}`);
    await admin.call("PUT", `/api/events/${event.id}/members/${moderator!.userId}`, { role: "moderator" });
    await admin.call("PATCH", `/api/sessions/${sessionId}/moderation`, { blockedWords: [heldWord] });
    await admin.call("POST", `/api/chat/session/${sessionId}/mutes`, {
      userId: shadowed!.userId,
      seconds: 3600,
      shadow: true,
    });
    const poll = (entries: Record<string, unknown>) =>
      admin.call<Poll>("POST", "/api/polls", {
        sessionId,
        question: "Which?",
        options: ["one", "two", "three"],
        ...entries,
      });
    const polls = [await poll({}), await poll({ multiple: true }), await poll({ hideResults: true })];
    return { eventId: event.id, sessionId, people: this.people, polls };
  }

  async close(): Promise<void> {
    await this.rostrum.remove();
    await this.postgres.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Written straight into the database: signing in is not what is tried here. */
async function makePeople(databaseUrl: string, count: number): Promise<Person[]> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  const expiresAt = new Date(Date.now() + 86_400_000);
  const people = Array.from({ length: count }, (_, index) => ({
    userId: newIdentifier("user"),
    loginId: newIdentifier("login"),
    name: `Person ${index}`,
  }));
  await sql`insert into users ${sql(
    people.map(({ userId, name }, index) => ({
      id: userId,
      email: `person-${index}-${userId.toLowerCase()}@kills.example`,
      name,
      password_hash: null as string | null,
    })),
  )}`;
  await sql`insert into logins ${sql(
    people.map(({ loginId, userId }) => ({ id: loginId, user_id: userId, expires_at: expiresAt })),
  )}`;
  await sql.end({ timeout: 5 });
  return Promise.all(
    people.map(async ({ userId, loginId, name }) => ({
      userId,
      name,
      token: await signSessionToken(jwtSecret, { userId, loginId }, expiresAt),
    })),
  );
}
