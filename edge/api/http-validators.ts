/**
 * Entity tags (RFC 9110 §8.8.3, §13): a tag is `"<version>-<hash>"`. If-None-Match compares all of it, so that whoever
 * has the very same bytes is told so. If-Match compares the version alone: a seat that was taken meanwhile changes
 * the bytes and is no lost update.
 */
import type { TypedResponse } from "hono";
import { Problem } from "../protocol/problem.ts";
import type { ApiContext } from "./request-context.ts";

/**
 * Answers JSON with its tag, or 304 where the caller has it. Without `version` nothing can be guarded by it. To clients'
 * types it is the body alone: only who sends If-None-Match meets a 304.
 */
export async function answerWithTag<T extends object>(
  c: ApiContext,
  body: T,
  version?: number,
): Promise<Response & TypedResponse<T, 200, "json">> {
  const text = JSON.stringify(body);
  const tag = await entityTag(text, version);
  const headers = { etag: tag, "cache-control": "private, no-cache" };
  if (c.req.method === "GET" && namesTag(c.req.header("if-none-match"), tag)) {
    return c.body(null, 304, headers) as never;
  }
  return c.body(text, 200, { ...headers, "content-type": "application/json" }) as never;
}

/**
 * Throws `changed-meanwhile` when the caller's If-Match names another version than the row has. Call it with the row
 * locked, in the transaction that writes. Without If-Match the last writer wins, as the caller chose.
 */
export function requireUnchanged(c: ApiContext, version: number): void {
  const condition = c.req.header("if-match");
  if (condition === undefined || condition.trim() === "*") return;
  const versions = tagsIn(condition).map((tag) => /^"(\d+)-/.exec(tag)?.[1]);
  if (!versions.includes(String(version))) {
    throw new Problem("changed-meanwhile", { detail: "Get it anew, and decide again." });
  }
}

/** A strong tag of this text. */
export async function entityTag(text: string, version?: number): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hash = Array.from(new Uint8Array(digest, 0, 12), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  return version === undefined ? `"${hash}"` : `"${version}-${hash}"`;
}

/** If-None-Match: by weak comparison, since a proxy that compresses makes tags weak. */
export function namesTag(condition: string | undefined, tag: string): boolean {
  if (condition === undefined) return false;
  return condition.trim() === "*" || tagsIn(condition).includes(tag);
}

function tagsIn(condition: string): string[] {
  return condition.slice(0, 4096).match(/"[^"]*"/g) ?? [];
}
