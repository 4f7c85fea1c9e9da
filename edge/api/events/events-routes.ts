import { Hono } from "hono";
import * as v from "valibot";
import {
  CreateEventRequest,
  CreateSessionRequest,
  Event,
  EventStatus,
  Session,
} from "../../protocol/events.ts";
import { Instant, identifier } from "../../protocol/identifier.ts";
import { listOf, listQueryEntries } from "../../protocol/list.ts";
import { Problem } from "../../protocol/problem.ts";
import { decodeTimeCursor, encodeCursor } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { createEvent, createSession } from "./create-event.ts";
import { visibleTo } from "./event-standing.ts";
import { readInstant } from "./event-times.ts";
import { listEventRows, readEvent, readSession, withSessions } from "./events-queries.ts";

const tag = "Events";
const EventPath = v.object({ id: identifier("event") });
const SessionPath = v.object({ id: identifier("session") });
const EventQuery = v.object({
  ...listQueryEntries,
  status: v.optional(EventStatus),
  from: v.optional(Instant),
  to: v.optional(Instant),
});
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

export function eventsRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const { db } = deps;
  const routes = new Hono<ApiEnv>();

  routes.get(
    "/api/events",
    operation({
      id: "listEvents",
      summary: "List events, newest first",
      tag,
      answers: { 200: { description: "The events you may see", schema: listOf(Event) } },
      problems: ["invalid"],
    }),
    validate("query", EventQuery),
    async (c) => {
      const { limit, cursor, status, from, to } = c.req.valid("query");
      const rows = await listEventRows(db, {
        visible: visibleTo(c.var.principal),
        // One more than asked for tells whether there is a next page.
        limit: limit + 1,
        ...(status ? { status } : {}),
        ...(from ? { from: readInstant(from, "/from") } : {}),
        ...(to ? { to: readInstant(to, "/to") } : {}),
        ...(cursor ? { after: decodeTimeCursor(cursor) } : {}),
      });
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      return c.json({
        items: await withSessions(db, page),
        nextCursor: last ? encodeCursor([last.createdAt.toISOString(), last.id]) : null,
      });
    },
  );

  routes.post(
    "/api/events",
    operation({
      id: "createEvent",
      summary: "Create an event",
      tag,
      answers: { 201: { description: "The event", schema: Event } },
      problems: [...bodyProblems],
    }),
    validate("json", CreateEventRequest),
    async (c) => {
      const event = await readEvent(db, await createEvent(db, c.req.valid("json")));
      if (!event) throw new Problem("not-found");
      return c.json(event satisfies Event, 201);
    },
  );

  routes.get(
    "/api/events/:id",
    operation({
      id: "getEvent",
      summary: "Get an event with its sessions",
      tag,
      answers: { 200: { description: "The event", schema: Event } },
    }),
    validate("param", EventPath),
    async (c) => {
      const { id } = c.req.valid("param");
      const event = await readEvent(db, id);
      if (!event) throw new Problem("not-found");
      return c.json(event satisfies Event);
    },
  );

  routes.post(
    "/api/events/:id/sessions",
    operation({
      id: "createSession",
      summary: "Add a session to an event",
      tag,
      answers: { 201: { description: "The session", schema: Session } },
      problems: [...bodyProblems],
    }),
    validate("param", EventPath),
    validate("json", CreateSessionRequest),
    async (c) => {
      const { id: eventId } = c.req.valid("param");
      const session = await readSession(db, await createSession(db, eventId, c.req.valid("json")));
      if (!session) throw new Problem("not-found");
      return c.json(session satisfies Session, 201);
    },
  );

  routes.get(
    "/api/sessions/:id",
    operation({
      id: "getSession",
      summary: "Get a session",
      tag,
      answers: { 200: { description: "The session", schema: Session } },
    }),
    validate("param", SessionPath),
    async (c) => {
      const session = await readSession(db, c.req.valid("param").id);
      if (!session) throw new Problem("not-found");
      return c.json(session satisfies Session);
    },
  );

  return routes;
}
