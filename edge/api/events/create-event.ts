import type * as v from "valibot";
import { violatedConstraint } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import type { CreateEventRequest, CreateSessionRequest } from "../../protocol/events.ts";
import { newIdentifier, randomBase64Url } from "../../protocol/identifier.ts";
import { slugOf } from "./event-slug.ts";
import { readTimes } from "./event-times.ts";

/** Returns the new event's id. A taken slug gets a random ending. */
export async function createEvent(
  db: Database,
  request: v.InferOutput<typeof CreateEventRequest>,
): Promise<string> {
  const { title, description, timeZone, status, visibility, maxAttendees } = request;
  const id = newIdentifier("event");
  const values = {
    id,
    title,
    description,
    timeZone,
    status,
    visibility,
    maxAttendees,
    ...readTimes(request),
  };
  const slug = slugOf(title);
  try {
    await db.insert(events).values({ ...values, slug });
  } catch (error) {
    if (violatedConstraint(error)?.constraint !== "events_slug_taken") throw error;
    const ending = randomBase64Url(6)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, "0");
    await db.insert(events).values({ ...values, slug: `${slug}-${ending}` });
  }
  return id;
}

/** Returns the new session's id. */
export async function createSession(
  db: Database,
  eventId: string,
  request: v.InferOutput<typeof CreateSessionRequest>,
): Promise<string> {
  const { title, chatEnabled, questionsEnabled, questionsModerated, pollsEnabled, slowModeSeconds } = request;
  const id = newIdentifier("session");
  await db.insert(sessions).values({
    id,
    eventId,
    title,
    chatEnabled,
    questionsEnabled,
    questionsModerated,
    pollsEnabled,
    slowModeSeconds,
    ...readTimes(request),
  });
  return id;
}
