import type { Context } from "hono";
import { Problem } from "../protocol/problem.ts";

const deepestJson = 64;

/** Refuses a body that is not JSON by its type, or nests deeper than anything here needs. */
export async function requireJsonBody(c: Context): Promise<void> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new Problem("unsupported-media-type", { detail: "Send application/json." });
  }
  // Hono keeps the text, so the validator that parses it reads the same copy.
  if (jsonNestsDeeper(await c.req.text(), deepestJson)) {
    throw new Problem("malformed", { detail: `JSON may nest ${deepestJson} levels at most.` });
  }
}

/** Counts brackets outside strings; the text need not be valid JSON. */
export function jsonNestsDeeper(text: string, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > levels) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
