import { expect } from "vitest";

export interface ListPage {
  items: object[];
  nextCursor: string | null;
}

/**
 * Reads a list to its end, two items at a time, while `add` makes another item before each next page. Every item that
 * `present` names must come exactly once, and nothing may come twice. Returns how many pages there were.
 */
export async function expectStablePages({
  list,
  add,
  present,
  keyOf = (item) => (item as { id: string }).id,
}: {
  /** `query` begins with `limit=`. */
  list: (query: string) => Promise<ListPage>;
  add: () => Promise<unknown>;
  present: readonly string[];
  keyOf?: (item: object) => string;
}): Promise<number> {
  const seen: string[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page: ListPage = await list(
      `limit=2${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map(keyOf));
    cursor = page.nextCursor;
    pages++;
    // A list that is read in the order of making would go on for as long as more is made.
    if (pages < present.length * 2) await add();
  } while (cursor !== null);
  expect(new Set(seen).size, "an item came twice").toBe(seen.length);
  expect(
    present.filter((key) => !seen.includes(key)),
    "items were left out",
  ).toEqual([]);
  return pages;
}
