/** What a request changes of an event, and what has to follow. Pure; the caller holds the event's row lock. */
import type { UpdateEventRequest } from "../../protocol/events.ts";
import { Problem } from "../../protocol/problem.ts";
import { changeTimes, type TimeRange } from "./event-times.ts";
import type { EventRow } from "./events-queries.ts";
import { eventMovesFrom, isOver, mayMoveEvent } from "./status-moves.ts";

export type EventColumns = Pick<
  EventRow,
  | "title"
  | "slug"
  | "description"
  | "timeZone"
  | "startsAt"
  | "endsAt"
  | "status"
  | "visibility"
  | "maxAttendees"
  | "accessCodeHash"
  | "primaryColor"
  | "accentColor"
  | "bannerUrl"
>;

export interface EventPlan {
  /** Columns whose value changes; empty when the request asks for what is there. */
  set: Partial<EventColumns>;
  /** The new times, when they change. */
  times: TimeRange | null;
  /** It ends now: what is live in it ends too. */
  ends: boolean;
  /** It is over now, and was not before. */
  isOver: boolean;
  /** Strangers saw it, and do not any more. */
  hides: boolean;
  /** Its sessions' calendar entries change with it. */
  renewsSessionEntries: boolean;
  /** There may be seats for those who wait. */
  freesSeats: boolean;
}

/** `accessCodeHash`: of the request's code; undefined where it says nothing about it. Throws `invalid`, `illegal-move`. */
export function planEventChange(
  row: EventRow,
  request: UpdateEventRequest,
  accessCodeHash: string | null | undefined,
): EventPlan {
  const status = request.status ?? row.status;
  if (!mayMoveEvent(row.status, status)) {
    throw new Problem("illegal-move", {
      detail: `An event that is ${row.status} can become ${eventMovesFrom(row.status).join(" or ")}.`,
    });
  }
  const asked: { [Column in keyof EventColumns]?: EventColumns[Column] | undefined } = {
    title: request.title,
    slug: request.slug,
    description: request.description,
    timeZone: request.timeZone,
    ...changeTimes(row, request),
    status,
    visibility: request.visibility,
    maxAttendees: request.maxAttendees,
    accessCodeHash,
    primaryColor: request.branding?.primaryColor,
    accentColor: request.branding?.accentColor,
    bannerUrl: request.branding?.bannerUrl,
  };
  const set = onlyChanges(row, asked);
  const moved = status !== row.status;
  return {
    set,
    times: "startsAt" in set || "endsAt" in set ? { startsAt: asked.startsAt!, endsAt: asked.endsAt! } : null,
    ends: moved && status === "ended",
    isOver: moved && isOver(status) && !isOver(row.status),
    hides: isOpen(row) && !isOpen({ status, visibility: request.visibility ?? row.visibility }),
    renewsSessionEntries: "title" in set || (moved && (status === "cancelled" || row.status === "cancelled")),
    freesSeats: "maxAttendees" in set || (moved && isOver(row.status)),
  };
}

function isOpen({ status, visibility }: Pick<EventRow, "status" | "visibility">): boolean {
  return visibility === "public" && status !== "draft";
}

function onlyChanges(
  row: EventColumns,
  asked: { [Column in keyof EventColumns]?: EventColumns[Column] | undefined },
): Partial<EventColumns> {
  const entries = Object.entries(asked) as [keyof EventColumns, unknown][];
  return Object.fromEntries(
    entries.filter(([column, value]) => value !== undefined && !isSame(row[column], value)),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  return one instanceof Date && other instanceof Date ? one.getTime() === other.getTime() : one === other;
}
