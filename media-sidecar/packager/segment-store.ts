/**
 * The files of one broadcast: `<mediaDirectory>/segments/<broadcast id>/v<slot>/`. The web server hands out nothing
 * under that name: players find them through a link of an unguessable name beside it, which can be changed.
 */
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { initFile, partFile, segmentFile } from "./media-playlist.ts";
import type { Expired, PublishedTimeline } from "./published-timeline.ts";

export class SegmentStore {
  readonly #segments: string;
  readonly #broadcastId: string;
  readonly #directory: string;

  constructor(mediaDirectory: string, broadcastId: string) {
    this.#segments = join(mediaDirectory, "segments");
    this.#broadcastId = broadcastId;
    this.#directory = join(this.#segments, broadcastId);
  }

  /** From now on the files are found under `prefix` as well. */
  async show(prefix: string): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    try {
      await symlink(this.#broadcastId, join(this.#segments, prefix));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }

  async hide(prefix: string): Promise<void> {
    await rm(join(this.#segments, prefix), { force: true });
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

  temporaryPartPath(slot: number, run: number, index: number, part: number): string {
    return join(this.#slotDirectory(slot), `${run}-${index}-${part}${temporarySuffix}`);
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

  async publishPart(slot: number, temporaryPath: string, sequence: number, part: number): Promise<void> {
    await rename(temporaryPath, join(this.#slotDirectory(slot), partFile(sequence, part)));
  }

  /** Makes a segment of the parts that players have already; answers its bytes. */
  async joinParts(slot: number, sequence: number, parts: number): Promise<number> {
    const directory = this.#slotDirectory(slot);
    const path = join(directory, `${sequence}${temporarySuffix}`);
    let bytes = 0;
    await writeFile(path, "");
    for (let part = 0; part < parts; part++) {
      const data = await readFile(join(directory, partFile(sequence, part)));
      await appendFile(path, data);
      bytes += data.length;
    }
    await this.publishSegment(slot, path, sequence);
    return bytes;
  }

  async removeParts(slot: number, sequence: number, parts: number): Promise<void> {
    for (let part = 0; part < parts; part++)
      await rm(join(this.#slotDirectory(slot), partFile(sequence, part)), { force: true });
  }

  async removeSegment(slot: number, sequence: number): Promise<void> {
    await rm(join(this.#slotDirectory(slot), segmentFile(sequence)), { force: true });
  }

  async removeInit(slot: number, run: number): Promise<void> {
    await rm(join(this.#slotDirectory(slot), initFile(run)), { force: true });
  }

  /** What no player can ask for any more. */
  async removeExpired({ parts, segments, runs }: Expired, timeline: PublishedTimeline): Promise<void> {
    for (const { segment, run, counts } of parts)
      for (const [index, { slot }] of run.renditions.entries())
        await this.removeParts(slot, segment.sequence, counts[index] ?? 0);
    for (const { sequence } of segments)
      for (const slot of timeline.slots.keys()) await this.removeSegment(slot, sequence);
    for (const { run, renditions } of runs)
      for (const { slot } of renditions) await this.removeInit(slot, run);
  }

  async hasSegment(slot: number, sequence: number): Promise<boolean> {
    return stat(join(this.#slotDirectory(slot), segmentFile(sequence))).then(
      (file) => file.isFile(),
      () => false,
    );
  }

  /** Files of a run that were never published, by their index: the run was not finished. */
  async leftovers(slot: number, run: number): Promise<Map<number, string>> {
    const directory = this.#slotDirectory(slot);
    const found = new Map<number, string>();
    for (const name of await readdir(directory).catch(() => [])) {
      const [, of, index] = /^(\d+)-(\d+)\.tmp$/.exec(name) ?? [];
      if (of === String(run)) found.set(Number(index), join(directory, name));
    }
    return found;
  }

  /** Where players' requests end, for those who keep files beyond the window. */
  segmentPath(slot: number, sequence: number): string {
    return join(this.#slotDirectory(slot), segmentFile(sequence));
  }

  initPath(slot: number, run: number): string {
    return join(this.#slotDirectory(slot), initFile(run));
  }

  async removeAll(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  #slotDirectory(slot: number): string {
    return join(this.#directory, `v${slot}`);
  }
}

const temporarySuffix = ".tmp";
