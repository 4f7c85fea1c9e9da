/** `npm run admin -- roll-up`: for after a fault, or when what was watched was imported. */
import { eq } from "drizzle-orm";
import * as v from "valibot";
import { backFill } from "../api/analytics/back-fill.ts";
import type { Database } from "../db/open-database.ts";
import { events } from "../db/schema/events-tables.ts";
import { identifier } from "../protocol/identifier.ts";
import { StartRefusal } from "./start-refusal.ts";

/** As the API's own default, where it is not set. */
const usualBeatSeconds = 15;

/** Throws StartRefusal with a sentence for what is not an event's id or a time. */
export function rollUpOrder(
  args: readonly string[],
  environment: Record<string, string | undefined>,
  usage: string,
): (db: Database) => Promise<string> {
  const [eventId = "", fromText, toText, ...more] = args;
  if (eventId === "" || more.length > 0) throw new StartRefusal(usage);
  if (!v.safeParse(identifier("event"), eventId).success) {
    throw new StartRefusal(`"${eventId.slice(0, 100)}" is not the id of an event (evt_…).`);
  }
  const [from, to] = [instantOf(fromText), instantOf(toText)];
  const beatSeconds = Number(environment.BEAT_SECONDS || usualBeatSeconds);
  if (!(beatSeconds >= 1)) throw new StartRefusal("BEAT_SECONDS must be a whole number.");
  return async (db) => {
    const [event] = await db.select({ title: events.title }).from(events).where(eq(events.id, eventId));
    if (!event) throw new StartRefusal(`There is no event ${eventId}.`);
    const { done } = await backFill(db, eventId, { from, to, beatSeconds });
    return done === null
      ? `Nothing of "${event.title}" is in the raw log of that time: its roll-ups are as they were.`
      : `"${event.title}" is rolled up anew from ${done.from.toISOString()} to ${done.to.toISOString()}.`;
  };
}

function instantOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const at = new Date(text);
  // Without a zone it would be read by this machine's.
  if (Number.isNaN(at.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/.test(text)) {
    throw new StartRefusal(`"${text.slice(0, 100)}" is not a time like 2026-03-01T10:00Z.`);
  }
  return at;
}
