/** What players are told: the segments of a broadcast in order, its runs, its window. Values, no files. */
import { declaredBitsPerSecond, type Slot } from "../ladder/ladder-plan.ts";

/** How a slot is made in one run. */
export interface RunRendition {
  readonly slot: number;
  readonly codecs: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly frameRate: number | null;
  /** Ceiling that the encoder was given, sound included; 0 when nobody knows. */
  readonly declaredBitsPerSecond: number;
}

export interface PublishedRun {
  readonly run: number;
  readonly renditions: readonly RunRendition[];
  /** Of a run whose media may be found on disk: zero of its clock in Unix milliseconds, and its target duration. */
  readonly zeroAt?: number;
  readonly targetDuration?: number;
}

export interface PublishedSegment {
  /** Media sequence number. */
  readonly sequence: number;
  readonly run: number;
  readonly durationSeconds: number;
  /** Unix milliseconds of its first picture. */
  readonly startsAt: number;
  /** In the order of the run's renditions. */
  readonly bytes: readonly number[];
  /** It does not continue the one before. */
  readonly discontinuity: boolean;
}

export interface PublishedPart {
  readonly durationSeconds: number;
  /** A player can begin with it. */
  readonly independent: boolean;
  readonly bytes: number;
}

/** The segment in the making: nothing but parts so far. */
export type OpenSegment = Omit<PublishedSegment, "durationSeconds" | "bytes">;

/** Parts of one segment, in the order of the run's renditions: each may be cut in its own number of parts. */
export type SegmentParts = readonly (readonly PublishedPart[])[];

export interface Expired {
  readonly segments: readonly PublishedSegment[];
  /** Segments whose parts nobody asks for any more, and how many parts each of their run's renditions has. */
  readonly parts: readonly {
    readonly segment: PublishedSegment;
    readonly run: PublishedRun;
    readonly counts: readonly number[];
  }[];
  readonly runs: readonly PublishedRun[];
}

interface Rates {
  peak: number;
  bits: number;
  seconds: number;
}

/** RFC 8216 §6.2.2: a server keeps at least three target durations in the playlist. */
const leastTargetDurations = 3;
/** RFC 8216bis §6.2.2: parts are listed for three target durations, and can be fetched for three more. */
const partTargetDurations = { listed: 3, kept: 7 };
/** And for so long at least: a player whose machine or network stood still asks for what it was told of before. */
const leastPartSeconds = 20;

export class PublishedTimeline {
  readonly slots: readonly Slot[];
  windowSeconds: number;
  targetDuration = 0;
  ended = false;
  /** Of the first segment in the playlist: how many discontinuities have left it (RFC 8216 §4.3.3.3). */
  discontinuitySequence = 0;
  readonly #runs = new Map<number, PublishedRun>();
  /** In the playlist. */
  #segments: PublishedSegment[] = [];
  #windowLength = 0;
  /** Out of the playlist, but still asked for by players that hold an older one. */
  #lingering: PublishedSegment[] = [];
  #lingeringLength = 0;
  #open: OpenSegment | null = null;
  /** By media sequence number, in order. */
  readonly #parts = new Map<number, PublishedPart[][]>();
  /** Whole segments that have them, and where each ends on the count of seconds. */
  readonly #inParts: { segment: PublishedSegment; run: PublishedRun; endsAt: number }[] = [];
  /** Of all whole segments so far. */
  #seconds = 0;
  readonly #rates: Rates[];
  readonly #described = new Map<number, RunRendition>();
  #next = 0;

  constructor(slots: readonly Slot[], windowSeconds: number) {
    this.slots = slots;
    this.windowSeconds = windowSeconds;
    this.#rates = slots.map(() => ({ peak: 0, bits: 0, seconds: 0 }));
  }

  get nextSequence(): number {
    return this.#next;
  }

  get segments(): readonly PublishedSegment[] {
    return this.#segments;
  }

  get lastRun(): PublishedRun | null {
    return [...this.#runs.values()].at(-1) ?? null;
  }

  run(id: number): PublishedRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new Error(`run ${id} is not known`);
    return run;
  }

  addRun(run: PublishedRun): void {
    this.#runs.set(run.run, run);
    for (const rendition of run.renditions) this.#described.set(rendition.slot, rendition);
  }

  /**
   * How a slot was last made for its own sake; while it never was, as its name promises, for players that know the
   * slot may get it later. Null before the first run.
   */
  described(slot: number): RunRendition | null {
    const { lastRun } = this;
    if (lastRun === null) return null;
    return this.#described.get(slot) ?? this.#promised(slot, this.renditionFor(lastRun, slot).rendition);
  }

  #promised(slot: number, { codecs, frameRate }: RunRendition): RunRendition {
    const { shortSide, videoKbps } = this.slots[slot]!;
    return {
      slot,
      codecs,
      width: 2 * Math.round((shortSide * 16) / 9 / 2),
      height: shortSide,
      frameRate,
      declaredBitsPerSecond: declaredBitsPerSecond(videoKbps),
    };
  }

  get open(): OpenSegment | null {
    return this.#open;
  }

  /** A part of each rendition of the run, or null where one has fewer. `open` counts with the segment's first. */
  appendParts(open: OpenSegment, parts: readonly (PublishedPart | null)[]): void {
    this.#open ??= open;
    const lists = this.#parts.get(this.#open.sequence) ?? parts.map(() => []);
    this.#parts.set(this.#open.sequence, lists);
    parts.forEach((part, index) => {
      if (part !== null) lists[index]!.push(part);
    });
  }

  /** Its parts are lost: what comes next takes its number. */
  discardOpen(): void {
    if (this.#open !== null) this.#parts.delete(this.#open.sequence);
    this.#open = null;
  }

  /** Of the newest segments and the open one; null for those whose parts players need not know any more. */
  partsOf(sequence: number): SegmentParts | null {
    const parts = this.#parts.get(sequence);
    // Asked for every segment of a day, of which the last few have parts.
    if (parts === undefined) return null;
    return this.#open?.sequence === sequence || this.#listsParts(sequence) ? parts : null;
  }

  /** Answers what no player can ask for any more. The open segment, if there is one, has become this one. */
  append(segment: PublishedSegment): Expired {
    this.#open = null;
    this.#segments.push(segment);
    this.#windowLength += segment.durationSeconds;
    this.#seconds += segment.durationSeconds;
    if (this.#parts.has(segment.sequence))
      this.#inParts.push({ segment, run: this.run(segment.run), endsAt: this.#seconds });
    this.#next = segment.sequence + 1;
    this.#measure(segment);
    return this.#expire();
  }

  /** Bits a second of a slot: the fastest segment so far, and all of them together (RFC 8216 §4.3.4.2). */
  rates(slot: number): { peak: number; average: number } {
    const { peak, bits, seconds } = this.#rates[slot]!;
    return { peak: Math.ceil(peak), average: seconds === 0 ? 0 : Math.ceil(bits / seconds) };
  }

  /** Which rendition of a run a slot shows: its own, else the next lower one, else the next higher one. */
  renditionFor(run: PublishedRun, slot: number): { rendition: RunRendition; index: number } {
    const { renditions } = run;
    const below = renditions.findIndex((rendition) => rendition.slot >= slot);
    const index = below >= 0 ? below : renditions.length - 1;
    return { rendition: renditions[index]!, index };
  }

  #measure(segment: PublishedSegment): void {
    const run = this.run(segment.run);
    this.slots.forEach((_, slot) => {
      const { index } = this.renditionFor(run, slot);
      const bits = segment.bytes[index]! * 8;
      const rates = this.#rates[slot]!;
      rates.bits += bits;
      rates.seconds += segment.durationSeconds;
      // The last segment of a run may be a few frames, whose rate says nothing.
      if (segment.durationSeconds >= this.targetDuration / 2)
        rates.peak = Math.max(rates.peak, bits / segment.durationSeconds);
    });
  }

  #expire(): Expired {
    const least = Math.max(this.windowSeconds, leastTargetDurations * this.targetDuration);
    while (this.#windowLength - this.#segments[0]!.durationSeconds >= least) {
      const leaving = this.#segments.shift()!;
      this.#windowLength -= leaving.durationSeconds;
      if (leaving.discontinuity) this.discontinuitySequence++;
      this.#lingering.push(leaving);
      this.#lingeringLength += leaving.durationSeconds;
    }
    // RFC 8216 §6.2.2: a removed segment stays for its own duration and that of the longest playlist that had it.
    const segments: PublishedSegment[] = [];
    while (
      this.#lingering.length > 0 &&
      this.#lingeringLength - this.#lingering[0]!.durationSeconds > least + this.targetDuration
    ) {
      const gone = this.#lingering.shift()!;
      this.#lingeringLength -= gone.durationSeconds;
      segments.push(gone);
    }
    return { segments, parts: this.#expireParts(), runs: this.#expireRuns() };
  }

  /** Less than so many target durations lie behind it. */
  #listsParts(sequence: number): boolean {
    return this.#secondsBehind(sequence) < (partTargetDurations.listed - 0.5) * this.targetDuration;
  }

  /** Seconds of whole segments behind a segment. */
  #secondsBehind(sequence: number): number {
    let seconds = 0;
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index]!;
      if (segment.sequence <= sequence) return seconds;
      seconds += segment.durationSeconds;
    }
    return seconds;
  }

  /** However short the playlist is: they go when their time has come, not with their segment. */
  #expireParts(): Expired["parts"] {
    const kept = Math.max(leastPartSeconds, partTargetDurations.kept * this.targetDuration);
    const firstToStay = this.#inParts.findIndex(({ endsAt }) => this.#seconds - endsAt <= kept);
    return this.#inParts
      .splice(0, firstToStay === -1 ? this.#inParts.length : firstToStay)
      .map(({ segment, run }) => {
        const counts = this.#parts.get(segment.sequence)!.map((list) => list.length);
        this.#parts.delete(segment.sequence);
        return { segment, run, counts };
      });
  }

  #expireRuns(): PublishedRun[] {
    const oldest = (this.#lingering[0] ?? this.#segments[0])?.run;
    const gone: PublishedRun[] = [];
    for (const run of this.#runs.values()) if (oldest !== undefined && run.run < oldest) gone.push(run);
    for (const run of gone) this.#runs.delete(run.run);
    return gone;
  }
}
