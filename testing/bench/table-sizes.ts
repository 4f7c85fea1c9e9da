import type postgres from "postgres";

/** Rows of these tables in all, and their bytes with indices. */
export async function tableSizes(
  sql: postgres.Sql,
  tables: readonly string[],
): Promise<{ rows: number; bytes: number }> {
  let [rows, bytes] = [0, 0];
  for (const name of tables) {
    const [found] = await sql<{ rows: string; bytes: string }[]>`
      select count(*) as rows, pg_total_relation_size(${name}::regclass) as bytes from ${sql(name)}`;
    rows += Number(found!.rows);
    bytes += Number(found!.bytes);
  }
  return { rows, bytes };
}
