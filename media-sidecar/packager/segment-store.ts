/** The files of one broadcast: `<mediaDirectory>/segments/<prefix>/v<slot>/`. */
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { initFile, segmentFile } from "./media-playlist.ts";

export class SegmentStore {
  readonly #directory: string;

  constructor(mediaDirectory: string, prefix: string) {
    this.#directory = join(mediaDirectory, "segments", prefix);
  }

  /** Makes the directories and clears away what a run that never finished left in them. */
  async prepare(slots: number): Promise<void> {
    for (let slot = 0; slot < slots; slot++) {
      const directory = this.#slotDirectory(slot);
      await mkdir(directory, { recursive: true });
      for (const name of await readdir(directory))
        if (name.endsWith(temporarySuffix)) await rm(join(directory, name), { force: true });
    }
  }

  /** Where a segment grows; its last name is not known before the groups ahead of it are published. */
  temporaryPath(slot: number, run: number, index: number): string {
    return join(this.#slotDirectory(slot), `${run}-${index}${temporarySuffix}`);
  }

  /** Whole or not at all, like everything that a player may ask for. */
  async publishInit(slot: number, run: number, data: Buffer): Promise<void> {
    const path = join(this.#slotDirectory(slot), initFile(run));
    await writeFile(`${path}${temporarySuffix}`, data);
    await rename(`${path}${temporarySuffix}`, path);
  }

  async publishSegment(slot: number, temporaryPath: string, sequence: number): Promise<void> {
    await rename(temporaryPath, join(this.#slotDirectory(slot), segmentFile(sequence)));
  }

  async removeSegment(slot: number, sequence: number): Promise<void> {
    await rm(join(this.#slotDirectory(slot), segmentFile(sequence)), { force: true });
  }

  async removeInit(slot: number, run: number): Promise<void> {
    await rm(join(this.#slotDirectory(slot), initFile(run)), { force: true });
  }

  async hasSegment(slot: number, sequence: number): Promise<boolean> {
    return stat(join(this.#slotDirectory(slot), segmentFile(sequence))).then(
      (file) => file.isFile(),
      () => false,
    );
  }

  async removeAll(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  #slotDirectory(slot: number): string {
    return join(this.#directory, `v${slot}`);
  }
}

const temporarySuffix = ".tmp";
