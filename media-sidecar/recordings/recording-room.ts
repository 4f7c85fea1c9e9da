/** Whether there is room on the disk to record; the live stream needs what is left. */
import { statfs } from "node:fs/promises";

/** Recording begins again only with a quarter more, so that it does not begin and stop with every segment. */
export function hasRoom(before: boolean, freeBytes: number, leastFreeBytes: number): boolean {
  return before ? freeBytes >= leastFreeBytes : freeBytes >= leastFreeBytes * 1.25;
}

export class RecordingRoom {
  readonly #directory: string;
  readonly #leastFreeBytes: number;
  #isThere = true;
  #freeBytes: number | null = null;

  constructor(mediaDirectory: string, leastFreeBytes: number) {
    this.#directory = mediaDirectory;
    this.#leastFreeBytes = leastFreeBytes;
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  /** On the media disk, at the last look; null where it was never seen. */
  get freeBytes(): number | null {
    return this.#freeBytes;
  }

  /** Looks at the disk; call every few seconds. Answers whether it has changed. */
  async look(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#directory);
    const before = this.#isThere;
    const freeBytes = bavail * bsize;
    this.#freeBytes = freeBytes;
    this.#isThere = hasRoom(before, freeBytes, this.#leastFreeBytes);
    return this.#isThere !== before;
  }
}
