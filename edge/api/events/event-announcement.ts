import { describeError } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import type { RoomMessage } from "../rooms-client/rooms-client.ts";
import { readEvent } from "./events-queries.ts";

/**
 * Tells everyone in the event's room how it is now, behind `first`. Never inside a transaction; nobody waits for it. An
 * occupied room reads the event every few seconds, so what is lost here is heard a little later.
 */
export function announceEvent(
  deps: Pick<ApiDependencies, "db" | "rooms" | "waitUntil" | "log">,
  eventId: string,
  first: RoomMessage[] = [],
): void {
  const tell = async () => {
    const event = await readEvent(deps.db, eventId);
    const messages = event ? [...first, { type: "event:updated", data: event }] : first;
    if (messages.length > 0) await deps.rooms.publishToEvent(eventId, messages);
  };
  deps.waitUntil(
    tell().catch((error) => deps.log.warn("event-not-announced", { eventId, error: describeError(error) })),
  );
}
