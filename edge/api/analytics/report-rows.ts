/** How reports pass lists to statements and read their rows. */
import { type SQL, sql } from "drizzle-orm";

/** An instant as the driver hands it on in raw statements: milliseconds since the epoch. */
export function milliseconds(instant: SQL): SQL {
  return sql`(extract(epoch from ${instant}) * 1000)::float8`;
}

export function instant(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}

export function isoInstant(milliseconds: number | null): string | null {
  return instant(milliseconds)?.toISOString() ?? null;
}

/** As `among`, of many: a planner that weighs each of a thousand constants takes longer than what it plans. */
export function amongMany(ids: readonly string[]): SQL {
  return sql`in (select unnest(string_to_array(${ids.join(",")}, ',')))`;
}

/** Map.groupBy, which Node 20 has not. */
export function groupBy<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
