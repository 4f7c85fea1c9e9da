import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The key of playback tokens, as the last heartbeat answered it. Kept on disk, for its owner alone, so that who was let
 * in goes on watching when the sidecar is restarted while the edge is away.
 */
export class PlaybackKey {
  readonly #path: string;
  #value: string | null = null;

  constructor(dataDirectory: string) {
    const directory = join(dataDirectory, "sidecar");
    mkdirSync(directory, { recursive: true });
    this.#path = join(directory, "playback-key");
    try {
      this.#value = readFileSync(this.#path, "utf8").trim() || null;
    } catch {
      // The first start of all: the edge says it.
    }
  }

  /** base64url; null until the edge was heard for the first time. */
  get value(): string | null {
    return this.#value;
  }

  learn(value: string): void {
    if (value === this.#value) return;
    this.#value = value;
    writeFileSync(`${this.#path}.new`, value, { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
  }
}
