/** An event as sheets for spreadsheets: which there are, and what stands in them. */
import * as v from "valibot";

export const exportSheets = {
  attendees: "everybody with a seat, in the order of joining, and after them whoever else was there",
  chat: "every message, also held, shadowed and deleted ones",
  questions:
    "every question; who asked anonymously stays unnamed, unless the session said otherwise when it was asked",
  polls: "every option of every poll, with its votes",
  watch: "a row for each viewer of each session",
  summary: "the figures of the event and of each of its sessions",
  viewers: "the curve of viewers over time",
} as const;
export type ExportSheet = keyof typeof exportSheets;
export const exportSheetNames = Object.keys(exportSheets) as ExportSheet[];

/** The last part of an export's path, such as `attendees.csv`. */
export const ExportFile = v.pipe(
  v.picklist(exportSheetNames.map((name) => `${name}.csv` as const)),
  v.description("Which sheet"),
);
export type ExportFile = v.InferOutput<typeof ExportFile>;

export function sheetOf(file: ExportFile): ExportSheet {
  return file.slice(0, -".csv".length) as ExportSheet;
}
