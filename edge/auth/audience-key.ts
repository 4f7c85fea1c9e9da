import { base64url } from "jose";

export type Audience = "session" | "playback" | "viewer" | "beat" | "access-code" | "relay-key";

const derived = new Map<string, Uint8Array>();

/**
 * The key of one audience, 32 bytes, from JWT_SECRET by HKDF-SHA-256 (RFC 5869). A key apart for each means
 * that a media machine can hold the playback key and still not make a session, and that a token of one audience
 * fails at another by its signature already.
 */
export async function audienceKey(jwtSecret: string, audience: Audience): Promise<Uint8Array> {
  const name = `${audience}\0${jwtSecret}`;
  const known = derived.get(name);
  if (known) return known;
  const bytes = (text: string) => new TextEncoder().encode(text);
  const material = await crypto.subtle.importKey("raw", bytes(jwtSecret), "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: bytes("rostrum"), info: bytes(audience) },
    material,
    256,
  );
  const key = new Uint8Array(bits);
  // The finished key is kept, never the promise: in a Worker a promise belongs to the request that made it.
  derived.set(name, key);
  return key;
}

/** A key as it travels to a media machine: base64url without padding. */
export function encodeKey(key: Uint8Array): string {
  return base64url.encode(key);
}

export function decodeKey(text: string): Uint8Array {
  return base64url.decode(text);
}
