import { stringify } from "csv-stringify/sync";
import { harmlessText } from "./harmless-text.ts";

/** Text is somebody's words and made harmless; the rest is ours. Null is an empty cell. */
export type Cell = string | number | boolean | Date | null;
/** A column's name, and what stands in it. */
export type Column<Row> = readonly [name: string, cell: (row: Row) => Cell];

/** Excel takes a file for UTF-8 by its byte order mark alone. */
const byteOrderMark = "\ufeff";

/** The first line of a file. */
export function csvHeader(columns: readonly Column<never>[]): string {
  return byteOrderMark + csv([columns.map(([name]) => name)]);
}

/** Rows as lines of CSV (RFC 4180: commas, CRLF, quotes where there must be some). */
export function csvLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return csv(rows.map((row) => columns.map(([, cell]) => written(cell(row)))));
}

/** A line that is no row. */
export function csvNote(text: string): string {
  return csv([[text]]);
}

function csv(records: string[][]): string {
  return stringify(records, { record_delimiter: "windows" });
}

/** Numbers have at most three places; times are ISO 8601. */
function written(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "string") return harmlessText(cell);
  if (typeof cell === "number") return String(Math.round(cell * 1000) / 1000);
  return cell instanceof Date ? cell.toISOString() : String(cell);
}
