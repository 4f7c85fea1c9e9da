import { type Column, csvHeader, csvLines, csvNote } from "./csv-lines.ts";

export type SheetText = AsyncGenerator<string, void, undefined>;

/**
 * Not all transports show that a body was broken off (workerd 1.20260426 ends it like any other): the file itself has
 * to. A line of one cell is an error to programs that read CSV, and a sentence to people.
 */
const brokenOff = "THIS FILE IS NOT COMPLETE: reading it failed here. Please export it again.";

/**
 * A file's text, part by part: its first line goes out with the first rows, and alone where there are none. What fails
 * midway is said in a last line, and thrown.
 */
export async function* sheetText<Row>(
  columns: readonly Column<Row>[],
  pages: AsyncIterable<readonly Row[]>,
): SheetText {
  let header = csvHeader(columns);
  try {
    for await (const page of pages) {
      yield header + csvLines(columns, page);
      header = "";
    }
  } catch (error) {
    if (header === "") yield csvNote(brokenOff);
    throw error;
  }
  if (header !== "") yield header;
}
