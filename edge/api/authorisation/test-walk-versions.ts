import { and, gt, inArray, type SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { logins, users } from "../../db/schema/accounts-tables.ts";
import { recordings, relays } from "../../db/schema/aftermath-tables.ts";
import { chatMutes, polls, questions } from "../../db/schema/engagement-tables.ts";
import { attendees, bans, events, members, sessions } from "../../db/schema/events-tables.ts";
import { sessionLogs } from "../../db/schema/session-log-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { TestApi } from "../test-application.ts";
import type { World } from "./test-walk-world.ts";

interface Watched {
  /** Names a row; `within` where it is not what places the row in the world. */
  id: PgColumn;
  /** Another value where a row was changed. */
  version: PgColumn;
  within?: PgColumn;
  /** Rows that count at all. */
  where?: SQL;
}

const watched: Record<keyof World["rows"], Watched[]> = {
  users: [{ id: users.id, version: users.version }],
  logins: [{ id: logins.id, version: logins.revokedAt }],
  events: [
    { id: events.id, version: events.version },
    { id: members.eventId, version: members.role },
    { id: attendees.eventId, version: attendees.userId },
    { id: bans.eventId, version: bans.userId },
  ],
  sessions: [
    { id: sessions.id, version: sessions.version },
    // An empty log is as good as none.
    { id: sessionLogs.sessionId, version: sessionLogs.head, where: gt(sessionLogs.head, 0) },
    { id: polls.id, version: polls.voters, within: polls.sessionId },
    { id: questions.id, version: questions.upvotes, within: questions.sessionId },
    { id: chatMutes.sessionId, version: chatMutes.until },
  ],
  streams: [
    { id: streams.id, version: streams.version },
    { id: streams.id, version: streams.keyHash },
    { id: relays.id, version: relays.version, within: relays.streamId },
    { id: recordings.id, version: recordings.deletedAt, within: recordings.streamId },
  ],
};

/** Versions of everything in a world: equal as long as nothing was changed or taken away. */
export async function versionsOf({ deps }: TestApi, { rows }: World): Promise<string[]> {
  const found = await Promise.all(
    (Object.keys(watched) as (keyof World["rows"])[]).flatMap((kind) =>
      watched[kind].map(({ id, version, within = id, where }) =>
        deps.db
          .select({ id, version })
          .from(id.table)
          .where(and(inArray(within, rows[kind]), where)),
      ),
    ),
  );
  return found.flatMap((list, table) => list.map((row) => `${table} ${JSON.stringify(row)}`)).sort();
}
