import { Problem } from "../protocol/problem.ts";

/** An opaque cursor: the sort values of the last item of a page. */
export function encodeCursor(values: readonly string[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(values));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The place in a list ordered by time and id. Throws `invalid` for what is no cursor of ours. */
export function decodeTimeCursor(cursor: string): { at: Date; id: string } {
  try {
    const text = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const values: unknown = JSON.parse(text);
    if (Array.isArray(values) && values.length === 2) {
      const [at, id] = values as unknown[];
      if (typeof at === "string" && typeof id === "string" && /^[\w-]{1,64}$/.test(id)) {
        const instant = new Date(at);
        if (instant.toISOString() === at) return { at: instant, id };
      }
    }
  } catch {
    // Falls through to the one answer.
  }
  throw new Problem("invalid", { errors: [{ pointer: "/cursor", detail: "is not a cursor of this list" }] });
}
