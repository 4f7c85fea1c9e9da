/**
 * All rows of a list that may be long, a page at a time: each page is a short statement of its own, so that a reader
 * who is slow or goes away holds no connection, no snapshot and no memory beyond a page. `read` answers at most
 * `limit` rows behind `after`, which is the last row of the page before. It should write `limit` into the statement: for
 * one that it does not know PostgreSQL plans as if a tenth of all rows were asked for, and reads whole tables.
 */
export async function* keysetPages<Row>(
  read: (after: Row | null, limit: number) => Promise<Row[]>,
  limit = 500,
): AsyncGenerator<Row[], void, undefined> {
  let after: Row | null = null;
  for (;;) {
    const rows: Row[] = await read(after, limit);
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return;
    after = rows.at(-1)!;
  }
}
