/** What the first line of a CSV file says. Pure. */
export interface CsvColumns {
  /** Places in a record; null for a column that the file does not have. */
  email: number;
  name: number | null;
  role: number | null;
}

export type CsvHeader = { ok: true; columns: CsvColumns } | { ok: false; reason: string };

/** Comma or semicolon (what spreadsheets write where the comma is a decimal sign): whichever the first line has more of. */
export function chooseDelimiter(firstLine: string): "," | ";" {
  const outsideQuotes = firstLine.replace(/"[^"]*"/g, "");
  const count = (sign: string) => outsideQuotes.split(sign).length;
  return count(";") > count(",") ? ";" : ",";
}

/** Names are compared without case; columns that mean nothing here are passed over. */
export function readHeader(record: readonly string[]): CsvHeader {
  const names = record.map((name) => name.trim().toLowerCase());
  const place = (name: string) => (names.includes(name) ? names.indexOf(name) : null);
  const twice = names.find((name, index) => name !== "" && names.indexOf(name) !== index);
  if (twice !== undefined) return { ok: false, reason: `the column ${twice.slice(0, 50)} stands twice` };
  const email = place("email");
  if (email === null) return { ok: false, reason: "the first line must name the columns: email, name, role" };
  return { ok: true, columns: { email, name: place("name"), role: place("role") } };
}
