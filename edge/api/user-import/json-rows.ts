import * as v from "valibot";
import { Problem, problemErrors } from "../../protocol/problem.ts";
import { ImportJson, importLimits } from "../../protocol/user-import.ts";
import { jsonNestsDeeper } from "../json-body.ts";
import { type ReadRow, readImportRow } from "./import-row.ts";

/** Reads `{users: […]}`. Throws `malformed`, `invalid` for a body of another shape, and `too-large`. */
export async function readJsonRows(body: ReadableStream<Uint8Array> | null): Promise<ReadRow[]> {
  const parsed = v.safeParse(ImportJson, parse(await readText(body)));
  if (!parsed.success) throw new Problem("invalid", { errors: problemErrors(parsed.issues) });
  const { users } = parsed.output;
  if (users.length > importLimits.rows) {
    throw new Problem("too-large", { detail: `At most ${importLimits.rows} rows.` });
  }
  return users.map((user, index) => readUser(user, index + 1));
}

function readUser(user: unknown, line: number): ReadRow {
  if (typeof user !== "object" || user === null || Array.isArray(user)) {
    return { line, invalid: "is no object with email, name and role" };
  }
  const { email, name, role } = user as Record<string, unknown>;
  return readImportRow(line, { email, name, role });
}

function parse(text: string): unknown {
  if (jsonNestsDeeper(text, 64))
    throw new Problem("malformed", { detail: "JSON may nest 64 levels at most." });
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("malformed");
  }
}

async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const parts: string[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > importLimits.jsonBytes) {
      throw new Problem("too-large", {
        detail: `At most ${importLimits.jsonBytes} bytes of JSON; CSV may be larger.`,
      });
    }
    parts.push(decodeUtf8(() => decoder.decode(chunk, { stream: true })));
  }
  return parts.join("") + decodeUtf8(() => decoder.decode());
}

function decodeUtf8(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw new Problem("malformed", { detail: "The body is not UTF-8." });
  }
}
