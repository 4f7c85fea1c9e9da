import { Problem } from "../protocol/problem.ts";

/** An opaque cursor: the sort values of the last item of a page. */
export function encodeCursor(values: readonly string[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(values));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/**
 * The first `limit` of what was found; whoever looked has asked for one more, which tells whether there is a next page.
 * `placeOf`: the values that the list is ordered by.
 */
export function pageOf<Row>(
  found: readonly Row[],
  limit: number,
  placeOf: (last: Row) => readonly string[],
): { items: Row[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, nextCursor: last === undefined ? null : encodeCursor(placeOf(last)) };
}

/** The place in a list ordered by time and id. Throws `invalid` for what is no cursor of ours. */
export function decodeTimeCursor(cursor: string): { at: Date; id: string } {
  const [at, id, ...more] = cursorValues(cursor);
  if (typeof at === "string" && typeof id === "string" && /^[\w-]{1,64}$/.test(id) && more.length === 0) {
    const instant = new Date(at);
    if (!Number.isNaN(instant.getTime()) && instant.toISOString() === at) return { at: instant, id };
  }
  throw noCursor();
}

/** The place in a list ordered by a number that grows. Throws `invalid` for what is no cursor of ours. */
export function decodePositionCursor(cursor: string): number {
  const [position, ...more] = cursorValues(cursor);
  if (typeof position === "string" && /^\d{1,15}$/.test(position) && more.length === 0)
    return Number(position);
  throw noCursor();
}

/** The place in a list ordered by a number that can be read both ways. Throws `invalid` for what is no cursor of ours. */
export function decodeSeqCursor(cursor: string): { towards: "before" | "after"; seq: number } {
  const [towards, seq, ...more] = cursorValues(cursor);
  const isWay = towards === "before" || towards === "after";
  if (isWay && typeof seq === "string" && /^\d{1,15}$/.test(seq) && more.length === 0) {
    return { towards, seq: Number(seq) };
  }
  throw noCursor();
}

/** What a cursor was made from; none for what is no cursor. */
export function cursorValues(cursor: string): unknown[] {
  try {
    const values: unknown = JSON.parse(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")));
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}

export function noCursor(): Problem {
  return new Problem("invalid", { errors: [{ pointer: "/cursor", detail: "is not a cursor of this list" }] });
}
