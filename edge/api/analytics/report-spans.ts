/** When a session ran, which is what shares of it are measured against. Pure. */
import type { SessionStatus } from "../../protocol/events.ts";

export interface SessionTimes {
  status: SessionStatus;
  startsAt: Date | null;
  endsAt: Date | null;
  firstBroadcastAt: Date | null;
  /** Of its last broadcast that has ended. */
  lastBroadcastEndedAt: Date | null;
  /** Its stream is live now. */
  onAir: boolean;
  /** The first and the last sign of anyone; known where broadcasts do not tell its length. */
  firstSeenAt: Date | null;
  lastSeenAt: Date | null;
}

export interface Span {
  from: Date;
  /** Now, while it runs. */
  to: Date;
  runs: boolean;
}

/**
 * From the first broadcast's start, or else the session's own, to its end or now; null for a session that has not
 * begun. One that nobody ended is over with its last broadcast, or with the time that was planned for it.
 */
export function spanOfSession(times: SessionTimes, now: Date): Span | null {
  const { status, startsAt, endsAt, firstBroadcastAt } = times;
  const planned = status !== "cancelled" && startsAt !== null && startsAt <= now ? startsAt : null;
  const noticed = status === "live" || status === "ended" ? times.firstSeenAt : null;
  const from = firstBroadcastAt ?? planned ?? noticed;
  if (from === null) return null;

  const isOpen = status === "live" || (status === "scheduled" && firstBroadcastAt === null);
  const hasTime = endsAt === null ? firstBroadcastAt === null : endsAt > now;
  if (times.onAir || (isOpen && hasTime)) return { from, to: latest(from, now), runs: true };

  const plannedEnd = firstBroadcastAt === null && endsAt !== null && endsAt <= now ? endsAt : null;
  const ends = [times.lastBroadcastEndedAt, plannedEnd, times.lastSeenAt].filter((end) => end !== null);
  return { from, to: latest(from, ...ends), runs: false };
}

/** For how long at least one of them ran. */
export function unionSeconds(spans: readonly Pick<Span, "from" | "to">[]): number {
  let seconds = 0;
  let covered = Number.NEGATIVE_INFINITY;
  for (const { from, to } of [...spans].sort((one, other) => one.from.getTime() - other.from.getTime())) {
    seconds += Math.max(0, to.getTime() - Math.max(from.getTime(), covered)) / 1000;
    covered = Math.max(covered, to.getTime());
  }
  return seconds;
}

function latest(...instants: Date[]): Date {
  return new Date(Math.max(...instants.map((instant) => instant.getTime())));
}
