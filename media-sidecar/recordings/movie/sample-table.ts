/** The samples of one track of a movie, gathered in order, and the boxes that say where and when they are (§8.5 to §8.7). */
import { box, fullBox, uint32 } from "./boxes.ts";
import type { FragmentSample } from "./fragment-samples.ts";

export class SampleTable {
  readonly #starts: number[] = [];
  readonly #offsets: number[] = [];
  readonly #sizes: number[] = [];
  readonly #syncs: number[] = [];
  readonly #chunkPlaces: number[] = [];
  readonly #chunkSamples: number[] = [];
  #end = 0;
  #shownEnd = 0;

  get count(): number {
    return this.#sizes.length;
  }

  /** Decode time of the first sample; 0 when there is none. */
  get start(): number {
    return this.#starts[0] ?? 0;
  }

  /** Behind the last sample, by decode time. */
  get end(): number {
    return this.#end;
  }

  /** When the last sample to be shown has been: with reordered pictures, later than all are decoded. */
  get shownEnd(): number {
    return this.#shownEnd;
  }

  /** How much later than it is decoded the first sample is shown. */
  get firstCompositionOffset(): number {
    return this.#offsets[0] ?? 0;
  }

  /**
   * Samples that lie behind each other, the first at `place` of the payload and decoded at `start`, which is not
   * before `end`: what is missing in between lengthens the sample before it. `scale` turns their units into ours.
   */
  add(samples: readonly FragmentSample[], start: number, place: number, scale: number): void {
    if (samples.length === 0) return;
    this.#chunkPlaces.push(place);
    this.#chunkSamples.push(samples.length);
    let units = 0;
    for (const { bytes, duration, compositionOffset, sync } of samples) {
      this.#starts.push(
        Math.max(this.#starts.at(-1) ?? Number.NEGATIVE_INFINITY, Math.round(start + units * scale)),
      );
      this.#sizes.push(bytes);
      this.#offsets.push(Math.round(compositionOffset * scale));
      if (sync) this.#syncs.push(this.#sizes.length);
      units += duration;
      this.#shownEnd = Math.max(this.#shownEnd, Math.round(start + (units + compositionOffset) * scale));
    }
    this.#end = Math.max(this.#end, Math.round(start + units * scale));
  }

  /** The last sample lasts at least until then, in our units. */
  extendTo(end: number): void {
    this.#end = Math.max(this.#end, end);
  }

  /** `description` is a whole `stsd`; `payloadAt` is where the payload begins in the file. */
  toBox(description: Buffer, payloadAt: number): Buffer {
    const allSync = this.#syncs.length === this.count;
    return box(
      "stbl",
      description,
      this.#decodeTimes(),
      ...this.#compositionOffsets(),
      ...(allSync ? [] : [fullBox("stss", 0, 0, uint32(this.#syncs.length), numbers(this.#syncs))]),
      this.#samplesPerChunk(),
      fullBox("stsz", 0, 0, uint32(0, this.count), numbers(this.#sizes)),
      fullBox("co64", 0, 0, uint32(this.#chunkPlaces.length), places(this.#chunkPlaces, payloadAt)),
    );
  }

  #decodeTimes(): Buffer {
    const durations = this.#starts.map((start, index) => (this.#starts[index + 1] ?? this.#end) - start);
    return fullBox("stts", 0, 0, runLengths(durations));
  }

  #compositionOffsets(): Buffer[] {
    if (this.#offsets.every((offset) => offset === 0)) return [];
    const isSigned = this.#offsets.some((offset) => offset < 0);
    return [fullBox("ctts", isSigned ? 1 : 0, 0, runLengths(this.#offsets))];
  }

  #samplesPerChunk(): Buffer {
    const entries: number[] = [];
    let last = -1;
    for (const [chunk, samples] of this.#chunkSamples.entries()) {
      if (samples !== last) entries.push(chunk + 1, samples, 1);
      last = samples;
    }
    return fullBox("stsc", 0, 0, uint32(entries.length / 3), numbers(entries));
  }
}

/** Count and value of each stretch of equal values, with the number of stretches before them. */
function runLengths(values: readonly number[]): Buffer {
  const entries: number[] = [];
  for (const value of values) {
    if (entries.at(-1) === value) entries[entries.length - 2]! += 1;
    else entries.push(1, value);
  }
  return Buffer.concat([uint32(entries.length / 2), numbers(entries)]);
}

/** As 32 bits each, negative ones as their two's complement. */
function numbers(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  for (let index = 0; index < values.length; index++) bytes.writeUInt32BE(values[index]! >>> 0, index * 4);
  return bytes;
}

function places(values: readonly number[], base: number): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 8);
  for (let index = 0; index < values.length; index++)
    bytes.writeBigUInt64BE(BigInt(base + values[index]!), index * 8);
  return bytes;
}
