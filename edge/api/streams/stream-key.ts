import { randomBase64Url } from "../../protocol/identifier.ts";
import { streamKeyPattern } from "../../protocol/streams.ts";

/** A new stream key: 192 random bits. It is shown once; only its hash is kept. */
export function newStreamKey(): string {
  return `sk_${randomBase64Url(24)}`;
}

/** SHA-256 in hex. A key is random, so a plain hash is enough and one index look-up finds its stream. */
export async function hashStreamKey(streamKey: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(streamKey));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether this can be one of our keys at all; anything else is refused without asking the database. */
export function looksLikeStreamKey(text: string): boolean {
  return streamKeyPattern.test(text);
}
