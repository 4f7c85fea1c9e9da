import { audienceKey } from "./audience-key.ts";
import { signToken, verifyToken } from "./signed-token.ts";

/** Signs the id of an anonymous viewer, so that one browser counts once and cannot name itself. */
export async function signViewerToken(jwtSecret: string, viewerId: string, expiresAt: Date): Promise<string> {
  return signToken(await audienceKey(jwtSecret, "viewer"), "viewer", { sub: viewerId }, expiresAt);
}

/** The viewer id, or null. */
export async function verifyViewerToken(
  jwtSecret: string,
  token: string,
  now: Date = new Date(),
): Promise<string | null> {
  const payload = await verifyToken(await audienceKey(jwtSecret, "viewer"), "viewer", token, now);
  return payload?.sub ?? null;
}
