/** A picture of each live stream, not older than some seconds: `<mediaDirectory>/thumbnails/<playback id>.jpg`. */
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import { isWorthALine, pause } from "../edge-client/repeat.ts";
import type { SegmentAsPublished } from "../packager/segment-publisher.ts";
import { makeStill, type StillSource } from "./still.ts";
import { isDue, pauseSeconds } from "./thumbnail-turn.ts";

export interface ThumbnailSettings {
  readonly mediaDirectory: string;
  readonly ffmpegPath: string;
  readonly log: Log;
  /** The streams that have not ended, by playback id. */
  running(): readonly string[];
  /** Encoders need all of the machine: pictures wait. */
  isBehind(): boolean;
}

const widthPixels = 480;
const jpegQuality = 6;
const suffix = ".jpg";
const temporarySuffix = ".making";

export class Thumbnails {
  readonly #settings: ThumbnailSettings;
  readonly #directory: string;
  /** The newest segment of each stream, and when its last picture was made, in milliseconds of `performance.now`. */
  readonly #newest = new Map<string, { source: StillSource; isNew: boolean }>();
  readonly #madeAtMs = new Map<string, number>();
  #failures = 0;

  constructor(settings: ThumbnailSettings) {
    this.#settings = settings;
    this.#directory = join(settings.mediaDirectory, "thumbnails");
  }

  /** A segment was published; the lowest rung, which begins with a keyframe, is the cheapest to look at. */
  saw(playbackId: string, { run, segment, store }: SegmentAsPublished): void {
    const slot = run.renditions.at(-1)!.slot;
    const source = {
      initPath: store.initPath(slot, run.run),
      segmentPath: store.segmentPath(slot, segment.sequence),
    };
    this.#newest.set(playbackId, { source, isNew: true });
  }

  /** One picture at a time, until `cancel` fires. Never rejects. */
  async run(cancel: AbortSignal): Promise<void> {
    while (!cancel.aborted) {
      const startedAtMs = performance.now();
      const made = await this.#turn(cancel);
      await pause(made ? pauseSeconds(performance.now() - startedAtMs) : 1, cancel);
    }
  }

  /** Answers whether FFmpeg was asked for a picture. */
  async #turn(cancel: AbortSignal): Promise<boolean> {
    try {
      const running = this.#settings.running();
      await this.#tidy(new Set(running), performance.now());
      if (this.#settings.isBehind()) return false;
      const waiting = running
        .filter((playbackId) => this.#newest.get(playbackId)?.isNew)
        .map((playbackId) => ({
          playbackId,
          madeAtMs: this.#madeAtMs.get(playbackId) ?? Number.NEGATIVE_INFINITY,
        }))
        .sort((a, b) => a.madeAtMs - b.madeAtMs);
      const next = waiting[0];
      if (next === undefined || !isDue(next.madeAtMs, performance.now())) return false;
      await this.#make(next.playbackId, cancel);
      this.#failures = 0;
    } catch (error) {
      if (cancel.aborted) return false;
      this.#failures++;
      if (isWorthALine(this.#failures))
        this.#settings.log.warn("thumbnail.failed", {
          failures: this.#failures,
          error: describeError(error),
        });
    }
    return true;
  }

  async #make(playbackId: string, signal: AbortSignal): Promise<void> {
    const newest = this.#newest.get(playbackId)!;
    newest.isNew = false;
    // Also of a picture that fails: another stream's turn comes first.
    this.#madeAtMs.set(playbackId, performance.now());
    const { ffmpegPath } = this.#settings;
    const picture = await makeStill(newest.source, {
      ffmpegPath,
      width: widthPixels,
      quality: jpegQuality,
      signal,
    });
    const temporary = join(this.#directory, `${playbackId}${temporarySuffix}`);
    await mkdir(this.#directory, { recursive: true });
    try {
      await writeFile(temporary, picture);
      await rename(temporary, join(this.#directory, `${playbackId}${suffix}`));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Pictures of streams that have ended, and those that are none of the last minute any more. */
  async #tidy(running: ReadonlySet<string>, nowMs: number): Promise<void> {
    for (const playbackId of this.#newest.keys()) {
      if (running.has(playbackId)) continue;
      this.#newest.delete(playbackId);
      this.#madeAtMs.delete(playbackId);
    }
    for (const name of await readdir(this.#directory).catch(() => [])) {
      const madeAtMs = this.#madeAtMs.get(basename(name, suffix));
      if (madeAtMs === undefined || nowMs - madeAtMs > staleMs)
        await rm(join(this.#directory, name), { force: true });
    }
  }
}

const staleMs = 60_000;
