import { describeError } from "../../protocol/log.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { announceEvent } from "../events/event-announcement.ts";
import { readSession } from "../events/events-queries.ts";
import { toStreamStatus } from "./stream-representation.ts";

/** Tells everyone in the event what a stream does now. Never inside a transaction; nobody waits for it. */
export function announceStream(
  deps: Pick<ApiDependencies, "rooms" | "waitUntil">,
  eventId: string | null,
  row: Parameters<typeof toStreamStatus>[0],
): void {
  if (eventId === null) return;
  deps.waitUntil(deps.rooms.publishToEvent(eventId, [{ type: "stream:status", data: toStreamStatus(row) }]));
}

/** Tells the events of these sessions that a session got or lost its stream. Nobody waits for it. */
export function announceBinding(
  deps: Pick<ApiDependencies, "db" | "rooms" | "waitUntil" | "log">,
  sessionIds: readonly (string | null)[],
): void {
  for (const sessionId of sessionIds) {
    if (sessionId !== null) deps.waitUntil(announceSession(deps, sessionId));
  }
}

async function announceSession(
  deps: Pick<ApiDependencies, "db" | "rooms" | "waitUntil" | "log">,
  sessionId: string,
): Promise<void> {
  try {
    const found = await readSession(deps.db, sessionId);
    if (!found) return;
    announceEvent(deps, found.session.eventId, [{ type: "session:updated", data: found.session }]);
  } catch (error) {
    deps.log.warn("session-not-announced", { sessionId, error: describeError(error) });
  }
}
