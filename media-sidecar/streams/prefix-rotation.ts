import { describeError, type Log } from "../../edge/protocol/log.ts";

export interface RotationTimes {
  /** Until nginx has forgotten every verdict of before, so that nobody who was revoked reads the next prefix. */
  delaySeconds: number;
  /** How long addresses of before go on: players fetch what they read in a playlist a moment ago. */
  graceSeconds: number;
}

/** nginx keeps verdicts for 10 s and playlists for one, both in whole seconds of its clock. */
export const usualRotationTimes: RotationTimes = { delaySeconds: 12, graceSeconds: 12 };

export interface PrefixHolder {
  /** Holders of playback tokens of lower generations were never told the prefix. */
  readonly prefixGeneration: number;
  movePrefix(generation: number): Promise<{ former: string; hide: () => Promise<void> }>;
}

const retrySeconds = 5;

/**
 * Moves a broadcast's segments out of reach of those whose tokens were revoked, without a stall for the others: a
 * playlist that a revoked viewer could still read names the former prefix, and that one ends when players have left it.
 */
export class PrefixRotation {
  readonly #holder: PrefixHolder;
  readonly #times: RotationTimes;
  readonly #log: Log;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #former = new Set<string>();
  #wanted = 0;
  #pending = false;

  constructor(holder: PrefixHolder, times: RotationTimes, log: Log) {
    this.#holder = holder;
    this.#times = times;
    this.#log = log;
  }

  /** Tokens below this generation are refused from now on. */
  demand(generation: number): void {
    this.#wanted = Math.max(this.#wanted, generation);
    if (this.#pending || this.#wanted <= this.#holder.prefixGeneration) return;
    this.#pending = true;
    // What is revoked while this one waits has to wait as long, and so gets one of its own.
    const due = this.#wanted;
    this.#later(this.#times.delaySeconds, () => void this.#move(due));
  }

  /** Whether the segments were found under this prefix a moment ago, and still are. */
  isFormer(prefix: string): boolean {
    return this.#former.has(prefix);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #move(generation: number): Promise<void> {
    try {
      const { former, hide } = await this.#holder.movePrefix(generation);
      this.#log.info("segments.moved", { generation });
      this.#former.add(former);
      this.#later(this.#times.graceSeconds, () => {
        this.#former.delete(former);
        hide().catch((error) => this.#log.warn("segments.not-hidden", { error: describeError(error) }));
      });
    } catch (error) {
      this.#log.warn("segments.not-moved", { error: describeError(error) });
      this.#later(retrySeconds, () => void this.#move(generation));
      return;
    }
    this.#pending = false;
    this.demand(this.#wanted);
  }

  #later(seconds: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, seconds * 1000);
    this.#timers.add(timer);
  }
}
