/** Samples that the edge has not taken yet: bounded, oldest out first, sent again until they are taken. Values, no I/O. */
import type { SamplesRequest } from "../../edge/protocol/internal-aftermath.ts";
import type { StreamSample } from "../../edge/protocol/stream-health.ts";

export type SampledStream = SamplesRequest["streams"][number];
export type Sampled = Omit<SampledStream, "samples">;

/** As the contract has it, of one stream in one request; at one every ten seconds, an hour. */
const mostOfStreamAtOnce = 360;
const mostStreamsAtOnce = 200;
/** About half a megabyte. */
const mostAtOnce = 2000;
/** Two hours of one stream, kept while the edge is away. */
const mostOfStream = 720;
/** Of all streams together, a few megabytes. */
const mostOfAll = 20_000;

export class SampleQueue {
  /** By broadcast; the one that waits longest first. */
  readonly #waiting = new Map<string, { about: Sampled; samples: StreamSample[] }>();
  #count = 0;

  get length(): number {
    return this.#count;
  }

  /** What is said of the stream beside the sample is of now: it replaces what was said before. */
  add(about: Sampled, sample: StreamSample): void {
    const samples: StreamSample[] = this.#waiting.get(about.broadcastId)?.samples ?? [];
    samples.push(sample);
    this.#count++;
    this.#waiting.set(about.broadcastId, { about, samples });
    if (samples.length > mostOfStream) this.#drop(about.broadcastId, 1);
    while (this.#count > mostOfAll) this.#drop(this.#longest(), 1);
  }

  /** The oldest samples, as one request takes them; they stay until `delivered`. */
  next(): SampledStream[] {
    const next: SampledStream[] = [];
    let room = mostAtOnce;
    for (const { about, samples } of this.#waiting.values()) {
      if (room === 0 || next.length === mostStreamsAtOnce) break;
      const some = samples.slice(0, Math.min(mostOfStreamAtOnce, room));
      room -= some.length;
      next.push({ ...about, samples: some });
    }
    return next;
  }

  /** The edge has these, or will never take them. What was dropped meanwhile is not dropped twice. */
  delivered(streams: readonly SampledStream[]): void {
    for (const { broadcastId, samples } of streams) {
      const sent = new Set(samples.map(({ at }) => at));
      const waiting = this.#waiting.get(broadcastId);
      if (waiting === undefined) continue;
      const count = waiting.samples.findIndex(({ at }) => !sent.has(at));
      this.#drop(broadcastId, count < 0 ? waiting.samples.length : count);
    }
  }

  #drop(broadcastId: string, count: number): void {
    const waiting = this.#waiting.get(broadcastId)!;
    this.#count -= waiting.samples.splice(0, count).length;
    // What is left goes to the end of the line.
    this.#waiting.delete(broadcastId);
    if (waiting.samples.length > 0) this.#waiting.set(broadcastId, waiting);
  }

  #longest(): string {
    return [...this.#waiting].reduce((a, b) => (b[1].samples.length > a[1].samples.length ? b : a))[0];
  }
}
