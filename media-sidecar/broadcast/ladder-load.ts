/** How fast a ladder's encoders are, and how far behind: measured from what goes in and what has come out. */

/** What operators and streamers are told. */
export interface EncodingLoad {
  /** Seconds of media made in a second, over the last ten; null when nothing is encoded, or since too short a time. */
  readonly speed: number | null;
  /** Seconds of source that wait for the encoders; what they always hold of a source is in it. */
  readonly backlogSeconds: number;
}

export interface LadderProgress {
  readonly run: number;
  /** Whether any rung is encoded. */
  readonly encodes: boolean;
  /** On the broadcast's clock: where the run began, and up to where every rung has pictures. */
  readonly beganMs: number;
  readonly madeToMs: number | null;
  /** The newest that has come of the source. */
  readonly newestMs: number;
}

const windowMs = 10_000;
const leastWindowMs = 4000;

export class LadderLoad {
  /** Milliseconds of media made since the beginning, over runs. */
  #looks: { atMs: number; madeMs: number }[] = [];
  #madeMs = 0;
  #last: { run: number; toMs: number } | null = null;
  #backlogSeconds = 0;

  /** To be called about once a second; null while no run is there. */
  look(atMs: number, progress: LadderProgress | null): void {
    if (progress === null || !progress.encodes) {
      this.#looks = [];
      this.#last = null;
      this.#backlogSeconds = 0;
      return;
    }
    const { run, beganMs, madeToMs, newestMs } = progress;
    const fromMs = this.#last?.run === run ? this.#last.toMs : beganMs;
    const toMs = Math.max(fromMs, madeToMs ?? fromMs);
    this.#madeMs += toMs - fromMs;
    this.#last = { run, toMs };
    this.#backlogSeconds = Math.max(0, newestMs - toMs) / 1000;
    this.#looks.push({ atMs, madeMs: this.#madeMs });
    while (this.#looks[0]!.atMs < atMs - windowMs) this.#looks.shift();
  }

  get load(): EncodingLoad {
    const [first, last] = [this.#looks[0], this.#looks.at(-1)];
    const elapsedMs = first === undefined || last === undefined ? 0 : last.atMs - first.atMs;
    const speed = elapsedMs < leastWindowMs ? null : (last!.madeMs - first!.madeMs) / elapsedMs;
    return { speed, backlogSeconds: this.#backlogSeconds };
  }
}
