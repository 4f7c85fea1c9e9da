import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Column, csvHeader, csvLines } from "./csv-lines.ts";
import { harmlessText } from "./harmless-text.ts";

interface Row {
  text: string;
  amount: number | null;
}
const columns: Column<Row>[] = [
  ["text", ({ text }) => text],
  ["amount", ({ amount }) => amount],
  ["at", () => new Date(0)],
  ["yes", () => true],
];

test("the first line has the byte order mark, and every line ends in CRLF", () => {
  const rows = [{ text: 'a "quote", a comma', amount: -1.23456 }];
  expect(csvHeader(columns) + csvLines(columns, rows)).toBe(
    '\ufefftext,amount,at,yes\r\n"a ""quote"", a comma",-1.235,1970-01-01T00:00:00.000Z,true\r\n',
  );
});

test("no rows are no lines, and null is an empty cell", () => {
  expect(csvLines(columns, [])).toBe("");
  expect(csvLines(columns, [{ text: "", amount: null }])).toBe(",,1970-01-01T00:00:00.000Z,true\r\n");
});

test("a reader of CSV gets back what was written, with every formula made text", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", '"', ",", ";", "\r", "\n", " ", "=", "\ufeff", "é"),
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.array(fc.record({ text, amount: fc.integer() })), (rows) => {
      const read = parse(csvHeader(columns) + csvLines(columns, rows), { bom: true, columns: true }) as {
        text: string;
        amount: string;
      }[];
      expect(read.map((row) => [row.text, Number(row.amount)])).toEqual(
        rows.map((row) => [harmlessText(row.text), row.amount]),
      );
    }),
  );
});
