/** What to do when FFmpeg dies: again, after a growing pause; and not for ever in the same way. */

/** other-encoder: the hardware's may be why. leave-out: the place in the source may be why. */
export type FailureRemedy = "again" | "other-encoder" | "leave-out";

const retryMs = [100, 500, 1000, 2000, 5000, 10_000];
/** After so many in a row, something is to be done differently. */
const patience = 2;

export class LadderFailures {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  failed(hasOtherEncoder: boolean): { remedy: FailureRemedy; afterMs: number } {
    this.#count++;
    const afterMs = retryMs[Math.min(this.#count, retryMs.length) - 1]!;
    if (this.#count <= patience) return { remedy: "again", afterMs };
    if (!hasOtherEncoder) return { remedy: "leave-out", afterMs };
    this.#count = 0;
    return { remedy: "other-encoder", afterMs };
  }

  /** Something was made after all; true when that had been failing again and again. */
  made(): boolean {
    const failing = this.#count > patience;
    this.#count = 0;
    return failing;
  }
}
