import type { ApiDependencies } from "../dependencies.ts";
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
