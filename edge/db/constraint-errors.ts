import { DrizzleQueryError } from "drizzle-orm/errors";

const integrityViolations: Record<string, Violation["kind"]> = {
  "23502": "not-null",
  "23503": "foreign-key",
  "23505": "unique",
  "23514": "check",
};

export interface Violation {
  kind: "unique" | "foreign-key" | "check" | "not-null";
  /** The constraint's name as the schema gives it. */
  constraint: string;
}

/** Which constraint refused a write, or null when the error is another one (SQLSTATE class 23). */
export function violatedConstraint(error: unknown): Violation | null {
  const { code, constraint_name: constraint } = driverError(error);
  const kind = typeof code === "string" ? integrityViolations[code] : undefined;
  return kind === undefined ? null : { kind, constraint: typeof constraint === "string" ? constraint : "" };
}

/** True when the database could not be reached or is going away, rather than having refused the statement. */
export function isDatabaseAway(error: unknown): boolean {
  const { code, message } = driverError(error);
  // workerd's sockets fail without a code, in words of its own.
  if (code === undefined) return /^(Network connection lost|proxy request failed)/.test(String(message));
  if (typeof code !== "string") return false;
  // 08: connection exception; 57P: shutdown, crash, cannot connect now; 53300: too many connections.
  return awayCodes.has(code) || /^(08...|57P0[123]|53300)$/.test(code);
}

/** True when a text held what PostgreSQL cannot store (a NUL, half of a surrogate pair): the caller's fault. */
export function isUnstorableText(error: unknown): boolean {
  const { code } = driverError(error);
  return code === "22021" || code === "22P05";
}

const awayCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
]);

/**
 * What may be logged of an error. Drizzle's own message carries the statement with its parameters, passwords'
 * hashes included, so only its cause is kept; the driver's message never has values.
 */
export function loggableCause(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? new Error("a query failed")) : error;
}

function driverError(error: unknown): { code?: unknown; constraint_name?: unknown; message?: unknown } {
  const inner = error instanceof DrizzleQueryError ? error.cause : error;
  return typeof inner === "object" && inner !== null ? inner : {};
}
