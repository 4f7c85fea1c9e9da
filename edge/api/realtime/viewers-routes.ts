import { sql } from "drizzle-orm";
import { Hono } from "hono";
import * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import type { Role } from "../../protocol/accounts.ts";
import { SessionViewers } from "../../protocol/engagement.ts";
import { identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { sessionAccessOf } from "../authorisation/authorise.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { EventStanding } from "../events/event-access.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { effectiveRole } from "../streams/stream-access.ts";
import { validate } from "../validate.ts";
import { readPlayers } from "./session-players.ts";

const SessionPath = v.object({ id: identifier("session") });

/** Who is in a session now, for its staff. */
export function viewersRoutes(deps: ApiDependencies) {
  const { db, environment, clock } = deps;
  return new Hono<ApiEnv>().get(
    "/api/sessions/:id/viewers",
    operation({
      id: "listSessionViewers",
      summary: "See who is in a session now",
      tag: "Moderation",
      description:
        "Each person once, however many connections and players they have. `anonymous` are those without an account; `peak` is the most there ever were at once.",
      answers: { 200: { description: "Who is here, by name", schema: SessionViewers } },
    }),
    validate("param", SessionPath),
    async (c) => {
      const { sessionId, event } = sessionAccessOf(c);
      const here = await deps.rooms.people(sessionId);
      if (here === null) {
        throw new Problem("unavailable", { detail: "The session's room is away.", retryAfterSeconds: 2 });
      }
      const players = await readPlayers(db, sessionId, environment.beatSeconds, clock());
      const userIds = [...new Set([...here.userIds, ...players.users.keys()])];
      const [people, peak] = await Promise.all([readPeople(db, event.id, userIds), readPeak(db, sessionId)]);
      const sockets = new Set(here.userIds);
      return c.json({
        count: here.count,
        anonymous: here.anonymous + players.anonymousWithoutSocket,
        anonymousDevices: players.anonymousDevices,
        peak: Math.max(peak, here.peak),
        items: people.map((person) => ({
          ...person,
          connections: here.connections?.[person.id] ?? (sockets.has(person.id) ? 1 : 0),
          devices: players.users.get(person.id) ?? [],
        })),
      } satisfies SessionViewers);
    },
  );
}

async function readPeople(
  db: Database,
  eventId: string,
  userIds: readonly string[],
): Promise<Omit<SessionViewers["items"][number], "connections" | "devices">[]> {
  const rows = await db.execute<{
    id: string;
    name: string;
    role: Role;
    member_role: EventStanding["memberRole"];
    avatar_url: string | null;
  }>(sql`
    select person.id, person.name, person.role, member.role as member_role, person.avatar_url
    from json_array_elements_text(${JSON.stringify(userIds)}::json) as wanted(id)
    join users person on person.id = wanted.id and person.deleted_at is null
    left join members member on member.event_id = ${eventId} and member.user_id = person.id
    order by lower(person.name), person.id`);
  return rows.map(({ id, name, role, member_role, avatar_url }) => ({
    id,
    name,
    role: effectiveRole(role, member_role),
    avatarUrl: avatar_url,
  }));
}

async function readPeak(db: Database, sessionId: string): Promise<number> {
  const [row] = await db.execute<{ peak_viewers: number }>(
    sql`select peak_viewers from session_logs where session_id = ${sessionId}`,
  );
  return row?.peak_viewers ?? 0;
}
