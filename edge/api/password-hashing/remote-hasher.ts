import * as v from "valibot";
import { Problem } from "../../protocol/problem.ts";
import { queueIsFull } from "./local-hasher.ts";
import type { PasswordHasher } from "./password-hasher.ts";

export const HashRequest = v.variant("action", [
  v.object({ action: v.literal("hash"), password: v.pipe(v.string(), v.maxLength(200)) }),
  v.object({
    action: v.literal("verify"),
    password: v.pipe(v.string(), v.maxLength(200)),
    stored: v.pipe(v.string(), v.maxLength(256)),
  }),
]);
export type HashRequest = v.InferOutput<typeof HashRequest>;
const Hashed = v.object({ hash: v.string() });
const Verified = v.object({ matches: v.boolean() });

export interface RemoteHasherSettings {
  /** The hasher's origin; through a service binding any will do. */
  url: string;
  internalApiKey: string;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Hashes in the hashing service (hasher-worker.ts). */
export function createRemoteHasher(settings: RemoteHasherSettings): PasswordHasher {
  // Called through an arrow: workerd refuses a fetch that is called as another object's method.
  const send = settings.fetch ?? ((url: string, init: RequestInit) => fetch(url, init));

  async function ask(request: HashRequest): Promise<unknown> {
    const signal = AbortSignal.timeout(30_000);
    const attempt = () =>
      send(new URL("/", settings.url).href, {
        method: "POST",
        headers: { authorization: `Bearer ${settings.internalApiKey}`, "content-type": "application/json" },
        body: JSON.stringify(request),
        signal,
      });
    // A connection kept open may have been closed at the other end just now; asking twice changes nothing there.
    const response = await attempt()
      .catch((cause) => (signal.aborted ? Promise.reject(cause) : attempt()))
      .catch((cause) => Promise.reject(hasherIsAway(cause)));
    if (response.status === 429) {
      await response.body?.cancel();
      throw queueIsFull();
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw hasherIsAway(new Error(`the hasher answered ${response.status}`));
    }
    return response.json();
  }

  return {
    hash: async (password) => v.parse(Hashed, await ask({ action: "hash", password })).hash,
    verify: async (password, stored) =>
      v.parse(Verified, await ask({ action: "verify", password, stored })).matches,
  };
}

function hasherIsAway(cause: unknown): Problem {
  return new Problem("unavailable", { detail: "Sign-in is away for a moment.", retryAfterSeconds: 2, cause });
}
