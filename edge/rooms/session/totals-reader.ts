import type { SessionTotal, SnapshotResponse } from "../../protocol/internal-rooms.ts";
import { backoffMs } from "../backoff.ts";
import type { Answer } from "../edge-api.ts";

export interface TotalsReaderSettings {
  read(): Promise<Answer<SnapshotResponse>>;
  /** How many commits have begun; null while one is under way. */
  commits(): number | null;
  counted(totals: SessionTotal[]): void;
}

/** Reads totals that nobody told the room: those counted before its time, or behind its back. Hidden ones too. */
export class TotalsReader {
  readonly #settings: TotalsReaderSettings;
  #reading: Promise<void> | null = null;
  #mustReadAgain = false;

  constructor(settings: TotalsReaderSettings) {
    this.#settings = settings;
  }

  /** Reads anew, once more after a read that is under way. */
  readSoon(): void {
    if (this.#reading !== null) {
      this.#mustReadAgain = true;
      return;
    }
    this.#mustReadAgain = false;
    this.#reading = this.#read().finally(() => {
      this.#reading = null;
      if (this.#mustReadAgain) this.readSoon();
    });
  }

  /** What commits count is newer than what was read meanwhile; then it is read again. */
  async #read(): Promise<void> {
    for (let attempt = 0; attempt < 6; attempt++) {
      const commits = this.#settings.commits();
      const answer = await this.#settings.read();
      if (answer.ok && commits !== null && commits === this.#settings.commits()) {
        this.#settings.counted(answer.value.totals);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, 500, 4000)));
    }
  }
}
