/** What one row of an import says, judged by itself. Pure. */
import * as v from "valibot";
import { DisplayName, type Role, roles } from "../../protocol/accounts.ts";
import { looksLikeEmail, normaliseEmail } from "../../protocol/email.ts";
import { importLimits } from "../../protocol/user-import.ts";

export interface ImportRow {
  /** Where it begins in the file, from 1. */
  line: number;
  email: string;
  /** Null where the file names none. */
  name: string | null;
  role: Role | null;
}

/** A row that cannot be used, and why. */
export interface InvalidRow {
  line: number;
  invalid: string;
}

export type ReadRow = ImportRow | InvalidRow;

export interface RowFields {
  email: unknown;
  name: unknown;
  role: unknown;
}

/** Texts of a CSV file or values of a JSON object; empty, null and absent are the same. */
export function readImportRow(line: number, fields: RowFields): ReadRow {
  const invalid = (reason: string): InvalidRow => ({ line, invalid: reason });
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null && typeof value !== "string")
      return invalid(`${name} is no text`);
    if (typeof value === "string" && isTooLong(value)) return invalid(`${name} is longer than 64 KiB`);
  }
  const { email, name, role } = fields as Record<keyof RowFields, string | null | undefined>;
  if (!email?.trim()) return invalid("there is no email");
  const normalised = normaliseEmail(email);
  if (!looksLikeEmail(normalised)) return invalid("email is not an email address");
  const readName = name?.trim() ? v.safeParse(DisplayName, name) : null;
  if (readName?.success === false)
    return invalid("name is longer than 100 characters or has control characters");
  const readRole = readRoleName(role);
  if (readRole === "unknown") return invalid(`role is none of ${roles.join(", ")}`);
  return { line, email: normalised, name: readName?.output ?? null, role: readRole };
}

function readRoleName(text: string | null | undefined): Role | null | "unknown" {
  const name = text?.trim().toLowerCase();
  if (!name) return null;
  return roles.find((role) => role === name) ?? "unknown";
}

function isTooLong(text: string): boolean {
  const { fieldBytes } = importLimits;
  // At most three bytes of UTF-8 a code unit.
  return text.length * 3 > fieldBytes && new TextEncoder().encode(text).length > fieldBytes;
}
