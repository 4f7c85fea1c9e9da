import { CsvError, type Parser, parse } from "csv-parse";
import { Problem } from "../../protocol/problem.ts";
import { importLimits } from "../../protocol/user-import.ts";
import { type CsvColumns, chooseDelimiter, readHeader } from "./csv-header.ts";
import { type ReadRow, readImportRow } from "./import-row.ts";

/** A record of this many characters is a quote that was never closed. */
const largestRecord = 8 * importLimits.fieldBytes;
const lineBreaks = /\r\n|\n|\r/g;

/**
 * Reads a CSV file (RFC 4180; UTF-8 with or without a byte order mark; commas or semicolons; any line ends) as it
 * arrives, and keeps of each row what an import needs. Throws `invalid` for a file that cannot be read as a whole,
 * with the line, and `too-large`.
 */
export async function readCsvRows(body: ReadableStream<Uint8Array> | null): Promise<ReadRow[]> {
  const reader = new CsvReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  let failure: unknown = null;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > importLimits.fileBytes) throw tooLarge(`At most ${importLimits.fileBytes} bytes.`);
    // After a failure the rest is read and dropped: a proxy that still sends would not see the answer.
    if (failure !== null) continue;
    try {
      await reader.write(decode(decoder, chunk, reader.line));
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== null) throw failure;
  await reader.write(decode(decoder, undefined, reader.line));
  return reader.end();
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, line: number): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw unreadable(line, "the file is not UTF-8: save it as \u201cCSV UTF-8\u201d");
  }
}

class CsvReader {
  /** Where the next record begins. */
  line = 1;
  readonly #rows: ReadRow[] = [];
  #columns: CsvColumns | null = null;
  #parser: Parser | null = null;
  #failure: unknown = null;
  /** What came before the first line was whole. */
  #start = "";

  async write(text: string): Promise<void> {
    if (this.#parser === null) {
      this.#start += text;
      if (!/[\r\n]/.test(this.#start) && this.#start.length < importLimits.fieldBytes) return;
      await this.#push(this.#open());
    } else await this.#push(text);
  }

  async end(): Promise<ReadRow[]> {
    if (this.#parser === null) await this.#push(this.#open());
    const parser = this.#parser!;
    await new Promise<void>((resolve) => {
      parser.once("end", resolve).once("close", resolve);
      parser.end();
    });
    this.#check();
    if (this.#columns === null) throw unreadable(1, "the file is empty");
    return this.#rows;
  }

  /** Opens the parser by the first line, and hands back what waits for it. */
  #open(): string {
    const start = this.#start;
    this.#start = "";
    this.#parser = parse({
      delimiter: chooseDelimiter(start.split(/[\r\n]/, 1)[0] ?? ""),
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      max_record_size: largestRecord,
    });
    this.#parser.on("data", (record: string[]) => {
      try {
        if (this.#failure === null) this.#take(record);
      } catch (error) {
        this.#failure = error;
      }
    });
    this.#parser.on("error", (error) => {
      this.#failure ??= this.#describe(error);
    });
    return start;
  }

  async #push(text: string): Promise<void> {
    const parser = this.#parser!;
    this.#check();
    if (text === "" || parser.write(text)) return;
    await new Promise<void>((resolve) => {
      parser.once("drain", resolve).once("close", resolve);
    });
    this.#check();
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  #take(record: string[]): void {
    const line = this.line;
    // The parser's own count takes a line break of two characters inside quotes for two.
    this.line += 1;
    for (const field of record) this.line += field.match(lineBreaks)?.length ?? 0;
    if (record.length === 1 && record[0]?.trim() === "") return;
    if (this.#columns === null) {
      const header = readHeader(record);
      if (!header.ok) throw unreadable(line, header.reason);
      this.#columns = header.columns;
      return;
    }
    if (this.#rows.length >= importLimits.rows) throw tooLarge(`At most ${importLimits.rows} rows.`);
    const { email, name, role } = this.#columns;
    const at = (place: number | null) => (place === null ? null : record[place]);
    this.#rows.push(readImportRow(line, { email: at(email), name: at(name), role: at(role) }));
  }

  #describe(error: unknown): unknown {
    if (!(error instanceof CsvError)) return error;
    const reasons: Record<string, string> = {
      CSV_QUOTE_NOT_CLOSED: "a quote is never closed",
      CSV_MAX_RECORD_SIZE: "a row is too long: is a quote never closed?",
      CSV_INVALID_CLOSING_QUOTE: 'something stands behind a closing quote: write a quote inside quotes as ""',
      INVALID_OPENING_QUOTE: "a quote stands inside a text that is not quoted",
    };
    return unreadable(this.line, reasons[error.code] ?? "the file is no CSV");
  }
}

function unreadable(line: number, reason: string): Problem {
  return new Problem("invalid", {
    detail: "The file cannot be read; nothing was imported.",
    errors: [{ pointer: `/line/${line}`, detail: reason }],
  });
}

function tooLarge(detail: string): Problem {
  return new Problem("too-large", { detail });
}
