import { Hono } from "hono";
import * as v from "valibot";
import { CreateEventRequest, Event, EventStatus, UpdateEventRequest } from "../../protocol/events.ts";
import { Instant, identifier } from "../../protocol/identifier.ts";
import { listOf, listQueryEntries } from "../../protocol/list.ts";
import { Problem } from "../../protocol/problem.ts";
import { audit } from "../audit/audit.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answerWithTag, requireUnchanged } from "../http-validators.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { announceStream } from "../streams/stream-announcement.ts";
import { validate } from "../validate.ts";
import { createEvent } from "./create-event.ts";
import { deleteEvent } from "./delete-event.ts";
import { announceEvent } from "./event-announcement.ts";
import { visibleTo } from "./event-standing.ts";
import { readInstant } from "./event-times.ts";
import { listEventRows, readEvent, readVersionedEvent, withSessions } from "./events-queries.ts";
import { updateEvent } from "./update-event.ts";

const tag = "Events";
const EventPath = v.object({ id: identifier("event") });
const EventQuery = v.object({
  ...listQueryEntries,
  status: v.optional(EventStatus),
  from: v.optional(Instant),
  to: v.optional(Instant),
});
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

export function eventsRoutes(deps: ApiDependencies) {
  const { db, clock } = deps;
  const { jwtSecret } = deps.environment;
  const routes = new Hono<ApiEnv>()
    .get(
      "/api/events",
      operation({
        id: "listEvents",
        summary: "List events, newest first",
        tag,
        description:
          "`from` and `to` choose events that are not over before `from` and do not begin after `to`.",
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
        const { items: page, nextCursor } = pageOf(rows, limit, (last) => [
          last.createdAt.toISOString(),
          last.id,
        ]);
        return c.json({
          items: await withSessions(db, page),
          nextCursor,
        });
      },
    )
    .post(
      "/api/events",
      operation({
        id: "createEvent",
        summary: "Create an event",
        tag,
        answers: { 201: { description: "The event", schema: Event } },
        problems: [...bodyProblems, "slug-taken"],
      }),
      validate("json", CreateEventRequest),
      async (c) => {
        const event = await db.transaction(async (tx) => {
          const id = await createEvent(tx, jwtSecret, c.req.valid("json"));
          await audit(tx, c, { action: "event.created", subject: { kind: "event", id } });
          return readEvent(tx, id);
        });
        if (!event) throw new Problem("not-found");
        return c.json(event satisfies Event, 201);
      },
    )
    .get(
      "/api/events/:id",
      operation({
        id: "getEvent",
        summary: "Get an event with its sessions",
        tag,
        conditional: "read",
        answers: { 200: { description: "The event", schema: Event } },
      }),
      validate("param", EventPath),
      async (c) => {
        const found = await readVersionedEvent(db, c.req.valid("param").id);
        if (!found) throw new Problem("not-found");
        return answerWithTag(c, found.event satisfies Event, found.version);
      },
    )
    .put(
      "/api/events/:id",
      operation({
        id: "updateEvent",
        summary: "Update an event",
        tag,
        description:
          "What is left out stays as it is; null takes away. Moves of `status`: draft → scheduled, live or cancelled; scheduled → draft, live, ended or cancelled; live → ended or cancelled; ended → live; cancelled → draft or scheduled. Ending or cancelling ends the streams. Who is in the event's rooms without being a member is sent away when it becomes private or a draft. Sessions stay within the event's times; `shiftSessions` moves them along. Raising `maxAttendees` seats who waits.",
        conditional: "write",
        answers: { 200: { description: "The event", schema: Event } },
        problems: [...bodyProblems, "slug-taken", "illegal-move", "sessions-outside", "conflict"],
      }),
      validate("param", EventPath),
      validate("json", UpdateEventRequest),
      async (c) => {
        const { id } = c.req.valid("param");
        const { found, endedStreams, hides } = await db.transaction(async (tx) => {
          const change = await updateEvent(tx, id, c.req.valid("json"), {
            jwtSecret,
            now: clock(),
            requireUnchanged: (version) => requireUnchanged(c, version),
          });
          const detail = { changed: change.changed, seated: change.seated.length };
          await audit(tx, c, { action: "event.updated", subject: { kind: "event", id }, detail });
          return { ...change, found: await readVersionedEvent(tx, id) };
        });
        if (!found) throw new Problem("not-found");
        for (const row of endedStreams) announceStream(deps, id, row);
        announceEvent(deps, id);
        if (hides) deps.waitUntil(deps.rooms.recheckEvent(id));
        return answerWithTag(c, found.event satisfies Event, found.version);
      },
    )
    .delete(
      "/api/events/:id",
      operation({
        id: "deleteEvent",
        summary: "Delete an event",
        tag,
        description:
          "With its sessions, seats, chat and announcements. Its streams end and stay without a session.",
        conditional: "write",
        answers: { 204: { description: "The event is gone" } },
      }),
      validate("param", EventPath),
      async (c) => {
        const { id } = c.req.valid("param");
        const event = await db.transaction(async (tx) => {
          const deleted = await deleteEvent(tx, id, clock(), (version) => requireUnchanged(c, version));
          const detail = { title: deleted.title };
          await audit(tx, c, { action: "event.deleted", subject: { kind: "event", id }, detail });
          return deleted;
        });
        // The last that its room hears: there is no word for an event that is no more.
        const data: Event = { ...event, status: "cancelled" };
        const lastWord = deps.rooms.publishToEvent(id, [{ type: "event:updated", data }]);
        deps.waitUntil(lastWord.then(() => deps.rooms.recheckEvent(id)));
        return c.body(null, 204);
      },
    );

  return routes;
}
