import { violatedConstraint } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import { events } from "../../db/schema/events-tables.ts";
import type { CreateEventRequest } from "../../protocol/events.ts";
import { newIdentifier, randomBase64Url } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { hashAccessCode } from "./access-code.ts";
import { slugOf } from "./event-slug.ts";
import { readTimes } from "./event-times.ts";

/**
 * Returns the new event's id. A slug that was asked for and is taken is refused (`slug-taken`); one made from the
 * title gets a random ending. Throws `invalid` for impossible times.
 */
export async function createEvent(
  db: Database,
  jwtSecret: string,
  request: CreateEventRequest,
): Promise<string> {
  const { title, description, timeZone, status, visibility, maxAttendees, accessCode, branding } = request;
  const id = newIdentifier("event");
  const values = {
    id,
    title,
    description,
    timeZone,
    status,
    visibility,
    maxAttendees,
    accessCodeHash: accessCode === null ? null : await hashAccessCode(jwtSecret, id, accessCode),
    primaryColor: branding.primaryColor ?? null,
    accentColor: branding.accentColor ?? null,
    bannerUrl: branding.bannerUrl ?? null,
    ...readTimes(request),
  };
  const slug = request.slug ?? slugOf(title);
  // No exception where one is expected: it would end the transaction this may stand in.
  const inserted = await db
    .insert(events)
    .values({ ...values, slug })
    .onConflictDoNothing({ target: events.slug })
    .returning({ id: events.id });
  if (inserted.length > 0) return id;
  if (request.slug !== undefined) throw new Problem("slug-taken");
  const ending = randomBase64Url(6)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "0");
  await db.insert(events).values({ ...values, slug: `${slug}-${ending}` });
  return id;
}

/** The problem behind a refused change of an event's row, or the error as it was. */
export function eventProblem(error: unknown): unknown {
  switch (violatedConstraint(error)?.constraint) {
    case "events_slug_taken":
      return new Problem("slug-taken");
    case "events_capacity":
      return new Problem("conflict", { detail: "More people have joined than there would be seats." });
    default:
      return error;
  }
}
