import { renewalDelayMs, tokenOf } from "./playback-token.ts";

export interface TokenSource {
  /** A rejection is met with another try. */
  loadPlayback(): Promise<{ url: string; expiresAt: string }>;
  useToken(token: string | null): void;
}

/** Keeps the token of one load good for as long as it plays. */
export class TokenRenewal {
  #source: TokenSource;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /** Fetches another one before this instant; where that fails, again in a while. */
  before(expiresAt: string): void {
    this.#timer = setTimeout(
      async () => {
        const next = await this.now();
        if (!this.#isOver) this.before(next ?? "");
      },
      renewalDelayMs(expiresAt, Date.now()),
    );
  }

  /** Answers when the new one expires; null where there was none to have, and the old one goes on. */
  async now(): Promise<string | null> {
    const playback = await this.#source.loadPlayback().catch(() => null);
    if (this.#isOver || playback === null) return null;
    this.#source.useToken(tokenOf(playback.url));
    return playback.expiresAt;
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
