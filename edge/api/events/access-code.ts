import { audienceKey } from "../../auth/audience-key.ts";
import type { AttemptLimit } from "../accounts/attempt-limiter.ts";

/**
 * What is kept of an access code: HMAC-SHA-256 in hex, under a key of its own from JWT_SECRET and bound to the event.
 * Hundreds type the same short code in the minute an event opens, so a slow hash would keep the house outside; without
 * the key, a stolen table still cannot be searched for the code.
 */
export async function hashAccessCode(jwtSecret: string, eventId: string, code: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await codeKey(jwtSecret), bytesOf(eventId, code));
  return Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Compares in constant time. */
export async function isAccessCode(
  jwtSecret: string,
  eventId: string,
  code: string,
  hash: string,
): Promise<boolean> {
  const mac = Uint8Array.from(hash.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return crypto.subtle.verify("HMAC", await codeKey(jwtSecret), mac, bytesOf(eventId, code));
}

/** Wrong codes: of one person for one event. The right one counts for nothing. */
export function accessCodeLimit(eventId: string, userId: string): AttemptLimit {
  return { name: `access-code:${eventId}:${userId}`, max: 10, windowSeconds: 900 };
}

async function codeKey(jwtSecret: string): Promise<CryptoKey> {
  const key = await audienceKey(jwtSecret, "access-code");
  return crypto.subtle.importKey("raw", Uint8Array.from(key), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]);
}

function bytesOf(eventId: string, code: string): Uint8Array<ArrayBuffer> {
  // The same letters typed on another keyboard may be composed otherwise.
  return Uint8Array.from(new TextEncoder().encode(`${eventId}\0${code.normalize("NFC")}`));
}
