/** Where a page of the top questions begins: in the order as it was when the first page was read. */
import { noCursor } from "../cursor.ts";

export interface RankPlace {
  /** The newest change of the order that the first page knew. */
  position: number;
  pinned: number;
  upvotes: number;
  /** ISO 8601. */
  createdAt: string;
  id: string;
}

export function rankValues({ position, pinned, upvotes, createdAt, id }: RankPlace): string[] {
  return [String(position), String(pinned), String(upvotes), createdAt, id];
}

/** Throws `invalid` for what is no cursor of this list. */
export function rankPlace(values: readonly unknown[]): RankPlace {
  const [position, pinned, upvotes, createdAt, id, ...more] = values;
  const number = /^\d{1,15}$/;
  if (
    typeof position === "string" &&
    number.test(position) &&
    (pinned === "0" || pinned === "1") &&
    typeof upvotes === "string" &&
    /^\d{1,9}$/.test(upvotes) &&
    typeof createdAt === "string" &&
    isInstant(createdAt) &&
    typeof id === "string" &&
    /^[\w-]{1,64}$/.test(id) &&
    more.length === 0
  ) {
    return { position: Number(position), pinned: Number(pinned), upvotes: Number(upvotes), createdAt, id };
  }
  throw noCursor();
}

function isInstant(text: string): boolean {
  const instant = new Date(text);
  return !Number.isNaN(instant.getTime()) && instant.toISOString() === text;
}
