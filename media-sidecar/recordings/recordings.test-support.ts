/** Recordings without encoders: broadcasts whose media was made beforehand. */
import { readFile, writeFile } from "node:fs/promises";
import type { MediaStream } from "../../edge/protocol/internal-media.ts";
import { createLog } from "../../edge/protocol/log.ts";
import type { SegmentAsPublished } from "../packager/segment-publisher.ts";
import { SegmentStore } from "../packager/segment-store.ts";
import type { MovieSegment } from "./movie/write-movie.ts";
import { Recordings, type RecordingsSettings } from "./recordings.ts";

export const startedAt = Date.parse("2027-04-01T07:00:00Z");

export function recordedStream(name: string): MediaStream {
  return {
    ...{ streamId: `str_${name}`, playbackId: `pb_${name}`, status: "live", visibility: "public" },
    ...{ latencyMode: "standard", record: true, reconnectWindowSeconds: 0 },
    ...{ rewindSeconds: 120, playbackGeneration: 0 },
  };
}

export function makeRecordings(mediaDirectory: string, more: Partial<RecordingsSettings> = {}): Recordings {
  return new Recordings({
    ...{ mediaDirectory, renditions: "all", ffmpegPath: "ffmpeg", uploads: null, leastFreeBytes: 0 },
    retention: { keepDays: null, mostBytes: null },
    log: createLog("test", () => {}),
    hasRoom: () => true,
    ...more,
  });
}

/** Publishes runs of segments of a second each, as a packager of one quality does. */
export class PretendBroadcast {
  readonly stream: MediaStream;
  readonly broadcastId: string;
  readonly #store: SegmentStore;
  #run = -1;
  #sequence = 0;

  constructor(mediaDirectory: string, name: string) {
    this.stream = recordedStream(name);
    this.broadcastId = `brd_${name}`;
    this.#store = new SegmentStore(mediaDirectory, this.broadcastId);
  }

  /** Its recording is known by this id. */
  get recordingId(): string {
    return this.broadcastId.replace("brd_", "rec_");
  }

  async publish(segments: readonly MovieSegment[], startsAt = startedAt): Promise<SegmentAsPublished[]> {
    await this.#store.prepare(1);
    const run = {
      run: ++this.#run,
      renditions: [
        {
          ...{ slot: 0, codecs: "avc1.42c00d,mp4a.40.2", width: 320, height: 180, frameRate: 15 },
          declaredBitsPerSecond: 0,
        },
      ],
    };
    await this.#store.publishInit(0, run.run, await readFile(segments[0]!.initPath));
    const published: SegmentAsPublished[] = [];
    for (const [index, { path }] of segments.entries()) {
      const sequence = this.#sequence++;
      const data = await readFile(path);
      await writeFile(this.#store.segmentPath(0, sequence), data);
      const times = { durationSeconds: 1, startsAt: startsAt + index * 1000 };
      const discontinuity = index === 0 && sequence > 0;
      const segment = { sequence, run: run.run, ...times, bytes: [data.length], discontinuity };
      const slots = [{ name: "180p", shortSide: 180, videoKbps: 300 }];
      published.push({ slots, run, segment, targetDuration: 1, store: this.#store, again: false });
    }
    return published;
  }

  /** Into its recording. */
  async record(
    recordings: Recordings,
    segments: readonly MovieSegment[],
    startsAt = startedAt,
  ): Promise<void> {
    for (const published of await this.publish(segments, startsAt))
      await recordings.keep(this.stream, this.broadcastId, published);
  }
}
