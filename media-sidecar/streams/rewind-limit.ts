/** How far back viewers may go on this machine, whatever their streams ask for: less when the disk fills up. */
import { statfs } from "node:fs/promises";

/** So that a live picture and a short drop of a player go on even on a full disk. */
const leastRewindSeconds = 30;

export interface DiskState {
  freeBytes: number;
  /** Below this the limit is halved, look after look; above twice as much it grows again. */
  leastFreeBytes: number;
}

/** Seconds. `longest` is the longest window that a running stream asks for, `most` what the limit never exceeds. */
export function nextRewindLimit(
  seconds: number,
  { freeBytes, leastFreeBytes }: DiskState,
  longest: number,
  most: number,
): number {
  if (freeBytes < leastFreeBytes) return Math.max(leastRewindSeconds, Math.min(seconds, longest) / 2);
  if (freeBytes > 2 * leastFreeBytes) return Math.min(most, seconds * 2);
  return seconds;
}

export class RewindLimit {
  readonly #directory: string;
  readonly #most: number;
  readonly #leastFreeBytes: number;
  #seconds: number;

  constructor(mediaDirectory: string, mostSeconds: number, leastFreeBytes: number) {
    this.#directory = mediaDirectory;
    this.#most = mostSeconds;
    this.#leastFreeBytes = leastFreeBytes;
    this.#seconds = mostSeconds;
  }

  get seconds(): number {
    return this.#seconds;
  }

  /** Looks at the disk; call about every ten seconds. Answers whether the limit has changed. */
  async look(longest: number): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#directory);
    const disk = { freeBytes: bavail * bsize, leastFreeBytes: this.#leastFreeBytes };
    const before = this.#seconds;
    this.#seconds = nextRewindLimit(before, disk, longest, this.#most);
    return this.#seconds !== before;
  }
}
