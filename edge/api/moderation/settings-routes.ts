import { eq } from "drizzle-orm";
import { Hono } from "hono";
import * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { sessions } from "../../db/schema/events-tables.ts";
import { Moderation, ModerationChange } from "../../protocol/chat.ts";
import { identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { audit } from "../audit/audit.ts";
import { sessionAccessOf } from "../authorisation/authorise.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { announceEvent } from "../events/event-announcement.ts";
import { readSession } from "../events/events-queries.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";

const tag = "Moderation";
const SessionPath = v.object({ id: identifier("session") });

/** How a session is moderated. What everyone may know of it stands in the session, and is told to its event. */
export function moderationSettingsRoutes(deps: ApiDependencies) {
  const { db } = deps;
  return new Hono<ApiEnv>()
    .get(
      "/api/sessions/:id/moderation",
      operation({
        id: "getModeration",
        summary: "See how a session is moderated",
        tag,
        answers: { 200: { description: "The settings", schema: Moderation } },
      }),
      validate("param", SessionPath),
      async (c) => c.json((await readModeration(db, c.req.valid("param").id)) satisfies Moderation),
    )
    .patch(
      "/api/sessions/:id/moderation",
      operation({
        id: "updateModeration",
        summary: "Change how a session is moderated",
        tag,
        description: "What is left out stays as it is. It holds from the next message on.",
        answers: { 200: { description: "The settings", schema: Moderation } },
        problems: ["malformed", "too-large", "unsupported-media-type", "invalid"],
      }),
      validate("param", SessionPath),
      validate("json", ModerationChange),
      async (c) => {
        const { id } = c.req.valid("param");
        const { event } = sessionAccessOf(c);
        const asked = Object.entries(c.req.valid("json")).filter(([, value]) => value !== undefined);
        const after = await db.transaction(async (tx) => {
          if (asked.length > 0) {
            await tx.update(sessions).set(Object.fromEntries(asked)).where(eq(sessions.id, id));
            await audit(tx, c, {
              action: "moderation.updated",
              subject: { kind: "session", id },
              eventId: event.id,
              detail: { changed: asked.map(([name]) => name) },
            });
          }
          return { moderation: await readModeration(tx, id), found: await readSession(tx, id) };
        });
        if (asked.length > 0 && after.found) {
          announceEvent(deps, event.id, [{ type: "session:updated", data: after.found.session }]);
        }
        return c.json(after.moderation satisfies Moderation);
      },
    );
}

/** Throws `not-found`. */
async function readModeration(db: Database, sessionId: string): Promise<Moderation> {
  const [row] = await db
    .select({
      sessionId: sessions.id,
      chatEnabled: sessions.chatEnabled,
      chatModerated: sessions.chatModerated,
      slowModeSeconds: sessions.slowModeSeconds,
      blockedWords: sessions.blockedWords,
      blockedWordsAction: sessions.blockedWordsAction,
      duplicateSeconds: sessions.duplicateSeconds,
      questionsEnabled: sessions.questionsEnabled,
      questionsModerated: sessions.questionsModerated,
      pollsEnabled: sessions.pollsEnabled,
      askersVisibleToStaff: sessions.askersVisibleToStaff,
    })
    .from(sessions)
    .where(eq(sessions.id, sessionId));
  if (!row) throw new Problem("not-found");
  return row;
}
