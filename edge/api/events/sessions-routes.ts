import { type Context, Hono } from "hono";
import * as v from "valibot";
import { CreateSessionRequest, Session, UpdateSessionRequest } from "../../protocol/events.ts";
import { identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { audit } from "../audit/audit.ts";
import { eventAccessOf } from "../authorisation/authorise.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answerWithTag, requireUnchanged } from "../http-validators.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { announceEvent } from "./event-announcement.ts";
import { readSession } from "./events-queries.ts";
import { createSession, deleteSession, updateSession } from "./session-changes.ts";

const tag = "Events";
const EventPath = v.object({ id: identifier("event") });
const SessionPath = v.object({ id: identifier("session") });
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

export function sessionsRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const routes = new Hono<ApiEnv>()
    .post(
      "/api/events/:id/sessions",
      operation({
        id: "createSession",
        summary: "Add a session to an event",
        tag,
        answers: { 201: { description: "The session", schema: Session } },
        problems: [...bodyProblems, "event-over"],
      }),
      validate("param", EventPath),
      validate("json", CreateSessionRequest),
      async (c) => {
        const { id: eventId } = c.req.valid("param");
        const found = await db.transaction(async (tx) => {
          const id = await createSession(tx, eventId, c.req.valid("json"));
          await audit(tx, c, { action: "session.created", subject: { kind: "session", id }, eventId });
          return readSession(tx, id);
        });
        if (!found) throw new Problem("not-found");
        announceSession(eventId, found.session);
        return c.json(found.session satisfies Session, 201);
      },
    )
    .get(
      "/api/sessions/:id",
      operation({
        id: "getSession",
        summary: "Get a session",
        tag,
        conditional: "read",
        answers: { 200: { description: "The session", schema: Session } },
      }),
      validate("param", SessionPath),
      async (c) => {
        const found = await readSession(db, c.req.valid("param").id);
        if (!found) throw new Problem("not-found");
        return answerWithTag(c, found.session satisfies Session, found.version);
      },
    )
    .put(
      "/api/sessions/:id",
      operation({
        id: "updateSession",
        summary: "Update a session",
        tag,
        description:
          "What is left out stays as it is. Moves of `status`: scheduled → live, ended or cancelled; live → ended or cancelled; ended → live; cancelled → scheduled. A stream is bound on the stream.",
        conditional: "write",
        answers: { 200: { description: "The session", schema: Session } },
        problems: [...bodyProblems, "illegal-move", "event-over"],
      }),
      validate("param", SessionPath),
      validate("json", UpdateSessionRequest),
      async (c) => {
        const session = sessionOf(c, c.req.valid("param").id);
        const found = await db.transaction(async (tx) => {
          const request = c.req.valid("json");
          const changed = await updateSession(tx, session, request, (version) =>
            requireUnchanged(c, version),
          );
          await audit(tx, c, {
            action: "session.updated",
            subject: { kind: "session", id: session.id },
            eventId: session.eventId,
            detail: { changed },
          });
          return readSession(tx, session.id);
        });
        if (!found) throw new Problem("not-found");
        announceSession(session.eventId, found.session);
        return answerWithTag(c, found.session satisfies Session, found.version);
      },
    )
    .delete(
      "/api/sessions/:id",
      operation({
        id: "deleteSession",
        summary: "Delete a session",
        tag,
        description: "With everything said in it. Its stream stays, without a session.",
        conditional: "write",
        answers: { 204: { description: "The session is gone" } },
      }),
      validate("param", SessionPath),
      async (c) => {
        const session = sessionOf(c, c.req.valid("param").id);
        await db.transaction(async (tx) => {
          await deleteSession(tx, session, (version) => requireUnchanged(c, version));
          const subject = { kind: "session", id: session.id };
          await audit(tx, c, { action: "session.deleted", subject, eventId: session.eventId });
        });
        announceEvent(deps, session.eventId);
        return c.body(null, 204);
      },
    );

  function announceSession(eventId: string, session: Session): void {
    announceEvent(deps, eventId, [{ type: "session:updated", data: session }]);
  }

  return routes;
}

/** The session that the path names, with the event that the gate found behind it. */
function sessionOf(c: Context<ApiEnv>, id: string): { id: string; eventId: string } {
  return { id, eventId: eventAccessOf(c).event.id };
}
