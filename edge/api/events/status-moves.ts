import type { EventStatus, SessionStatus } from "../../protocol/events.ts";

/**
 * Where an event may go from each status. An event that was ended by mistake is reopened; one that was called off
 * is planned again. Nothing that was live becomes a plan again: people were there.
 */
const eventMoves: Record<EventStatus, readonly EventStatus[]> = {
  draft: ["scheduled", "live", "cancelled"],
  scheduled: ["draft", "live", "ended", "cancelled"],
  live: ["ended", "cancelled"],
  ended: ["live"],
  cancelled: ["draft", "scheduled"],
};

const sessionMoves: Record<SessionStatus, readonly SessionStatus[]> = {
  scheduled: ["live", "ended", "cancelled"],
  live: ["ended", "cancelled"],
  ended: ["live"],
  cancelled: ["scheduled"],
};

/** Staying is no move, and always allowed. */
export function mayMoveEvent(from: EventStatus, to: EventStatus): boolean {
  return from === to || eventMoves[from].includes(to);
}

export function mayMoveSession(from: SessionStatus, to: SessionStatus): boolean {
  return from === to || sessionMoves[from].includes(to);
}

/** The statuses one may choose next, for saying so in a refusal. */
export function eventMovesFrom(status: EventStatus): readonly EventStatus[] {
  return eventMoves[status];
}

export function sessionMovesFrom(status: SessionStatus): readonly SessionStatus[] {
  return sessionMoves[status];
}

/** Nobody joins, publishes or goes live any more. */
export function isOver(status: EventStatus): boolean {
  return status === "ended" || status === "cancelled";
}
