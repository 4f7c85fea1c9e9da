/** Fetches sheets in tests as staff do, and reads them as a spreadsheet would. */
import { parse } from "csv-parse/sync";
import { expect } from "vitest";
import type { ExportSheet } from "../../protocol/exports.ts";
import type { TestApi } from "../test-application.ts";

export type SheetRow = Record<string, string>;

export async function fetchSheet(
  { publicApp }: Pick<TestApi, "publicApp">,
  token: string,
  eventId: string,
  sheet: ExportSheet,
): Promise<{ text: string; columns: string[]; rows: SheetRow[]; headers: Headers }> {
  const response = await publicApp.request(`/api/events/${eventId}/export/${sheet}.csv`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  expect(response.status, text).toBe(200);
  const records = parse(text, { bom: true }) as string[][];
  const [columns = [], ...cells] = records;
  const rows = cells.map((row) => Object.fromEntries(columns.map((name, place) => [name, row[place] ?? ""])));
  return { text, columns, rows, headers: response.headers };
}
