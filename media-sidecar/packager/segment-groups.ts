/** Brings the rungs of a run together: what every rung has is told to players, and never before. */
import type { ClosedSegment, FinishedPart } from "./rung-packager.ts";

/** The same part of each rung. */
export interface PartGroup {
  /** Milliseconds of the run: of the segment that the part belongs to. */
  readonly segmentStartMs: number;
  /** Where the first rung's part ends. */
  readonly endMs: number;
  /** In the order of the run's rungs; null where a rung has cut its segment into fewer. */
  readonly parts: readonly (FinishedPart | null)[];
}

export interface SegmentGroup {
  /** Milliseconds of the run. */
  readonly startMs: number;
  readonly endMs: number;
  /** In the order of the run's rungs. */
  readonly segments: readonly ClosedSegment[];
}

export type GroupEvent =
  | { readonly kind: "parts"; readonly parts: readonly PartGroup[] }
  /** `parts` are those that were not told of before. */
  | { readonly kind: "segment"; readonly group: SegmentGroup; readonly parts: readonly PartGroup[] }
  | { readonly kind: "misaligned"; readonly starts: readonly number[] };

/** Half a frame at 60 frames a second. */
const toleranceMs = 8;

interface Growing {
  readonly parts: FinishedPart[];
  closed: ClosedSegment | null;
}

export class SegmentGroups {
  readonly #rungs: Growing[][];
  /** Parts of the oldest segment that were told of. */
  #told = 0;

  constructor(rungs: number) {
    this.#rungs = Array.from({ length: rungs }, () => []);
  }

  /**
   * What a rung has made, in order: a part, the end of the segment it belongs to, or both at once. The groups' times
   * are the first rung's.
   */
  add(rung: number, part: FinishedPart | null, segment: ClosedSegment | null): GroupEvent[] {
    const queue = this.#rungs[rung]!;
    let last = queue.at(-1);
    if (last === undefined || last.closed !== null) {
      last = { parts: [], closed: null };
      queue.push(last);
    }
    if (part !== null) last.parts.push(part);
    last.closed = segment;
    const events: GroupEvent[] = [];
    while (this.#advance(events));
    return events;
  }

  /** True when a segment was completed, so that the next one may have something to tell as well. */
  #advance(events: GroupEvent[]): boolean {
    const oldest = this.#rungs.flatMap((queue) => queue[0] ?? []);
    if (oldest.length < this.#rungs.length) return false;
    const starts = oldest.flatMap(({ parts, closed }) => parts[0]?.segmentStartMs ?? closed?.startMs ?? []);
    if (starts.some((start) => Math.abs(start - starts[0]!) > toleranceMs)) {
      events.push({ kind: "misaligned", starts });
      return false;
    }
    const parts = this.#newParts(oldest);
    const segments = oldest.flatMap(({ closed }) => closed ?? []);
    if (segments.length < oldest.length) {
      if (parts.length > 0) events.push({ kind: "parts", parts });
      return false;
    }
    for (const queue of this.#rungs) queue.shift();
    this.#told = 0;
    const { startMs, endMs } = segments[0]!;
    events.push({ kind: "segment", group: { startMs, endMs, segments }, parts });
    return true;
  }

  #newParts(oldest: readonly Growing[]): PartGroup[] {
    const groups: PartGroup[] = [];
    for (;;) {
      const parts = oldest.map((rung) => rung.parts[this.#told] ?? null);
      const ready = oldest.every(({ closed }, rung) => closed !== null || parts[rung] !== null);
      const first = parts.find((part) => part !== null);
      if (!ready || first == null) return groups;
      groups.push({ segmentStartMs: first.segmentStartMs, endMs: first.endMs, parts });
      this.#told++;
    }
  }
}
