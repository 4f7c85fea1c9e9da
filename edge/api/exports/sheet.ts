import { type Column, csvHeader, csvLines } from "./csv-lines.ts";

/** A file's text, part by part: its first line goes out with the first rows, and alone where there are none. */
export type SheetText = AsyncGenerator<string, void, undefined>;

export async function* sheetText<Row>(
  columns: readonly Column<Row>[],
  pages: AsyncIterable<readonly Row[]>,
): SheetText {
  let header = csvHeader(columns);
  for await (const page of pages) {
    yield header + csvLines(columns, page);
    header = "";
  }
  if (header !== "") yield header;
}
