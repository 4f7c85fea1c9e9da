import { type BeatClaims, verifyBeatToken } from "../../auth/beat-token.ts";

type Verified = BeatClaims & { expiresAt: Date };

/**
 * Beat tokens that were found good, by their text: a player sends the same one for hours, and its signature need not
 * be reckoned each time. Those that came first are forgotten first, and verified anew when they come again.
 */
export class BeatTokens {
  readonly #verified = new Map<string, Verified>();
  readonly #capacity: number;

  constructor(capacity = 50_000) {
    this.#capacity = capacity;
  }

  /** The claims, or null. */
  async verify(jwtSecret: string, token: string, now: Date): Promise<BeatClaims | null> {
    const known = this.#verified.get(token);
    if (known) {
      if (known.expiresAt > now) return known;
      this.#verified.delete(token);
      return null;
    }
    const verified = await verifyBeatToken(jwtSecret, token, now);
    if (verified) this.#keep(token, verified);
    return verified;
  }

  #keep(token: string, verified: Verified): void {
    this.#verified.set(token, verified);
    if (this.#verified.size <= this.#capacity) return;
    for (const oldest of this.#verified.keys()) {
      this.#verified.delete(oldest);
      return;
    }
  }
}
