/** Secrets that must be read again, such as keys of other services: sealed in the database, opened for who needs them. */
import { base64url } from "jose";
import { type Audience, audienceKey } from "./audience-key.ts";

/** So that another way to seal can be told from this one. */
const form = "v1";
/** Of AES-GCM's nonce (NIST SP 800-38D, §8.2.2: random, 96 bits). */
const nonceBytes = 12;

/**
 * AES-256-GCM under the audience's key. `boundTo` names what the secret belongs to, such as its row's id, and is
 * authenticated with it: a sealed text that is copied to another row does not open there.
 */
export async function sealSecret(
  jwtSecret: string,
  audience: Audience,
  boundTo: string,
  secret: string,
): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const key = await sealingKey(jwtSecret, audience, "encrypt");
  const sealed = await crypto.subtle.encrypt(parameters(nonce, boundTo), key, utf8(secret));
  return `${form}.${base64url.encode(nonce)}.${base64url.encode(new Uint8Array(sealed))}`;
}

/** Null when it does not open: it was sealed under another secret or for something else, or was tampered with. */
export async function openSecret(
  jwtSecret: string,
  audience: Audience,
  boundTo: string,
  sealed: string,
): Promise<string | null> {
  const [formOfIt, nonce, text, ...more] = sealed.split(".");
  if (formOfIt !== form || nonce === undefined || text === undefined || more.length > 0) return null;
  const key = await sealingKey(jwtSecret, audience, "decrypt");
  try {
    const nonceOfIt = new Uint8Array(base64url.decode(nonce));
    const opened = await crypto.subtle.decrypt(
      parameters(nonceOfIt, boundTo),
      key,
      new Uint8Array(base64url.decode(text)),
    );
    return new TextDecoder().decode(opened);
  } catch {
    return null;
  }
}

function parameters(nonce: Uint8Array<ArrayBuffer>, boundTo: string) {
  return { name: "AES-GCM", iv: nonce, additionalData: utf8(boundTo) };
}

async function sealingKey(jwtSecret: string, audience: Audience, use: "encrypt" | "decrypt") {
  const bytes = new Uint8Array(await audienceKey(jwtSecret, audience));
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [use]);
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}
