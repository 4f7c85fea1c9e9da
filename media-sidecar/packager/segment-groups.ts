/** Brings the rungs of a run together: a segment is told to players when every rung has it, never before. */
import type { ClosedSegment } from "./rung-packager.ts";

export interface SegmentGroup {
  /** Milliseconds of the run. */
  readonly startMs: number;
  readonly endMs: number;
  /** In the order of the run's rungs. */
  readonly segments: readonly ClosedSegment[];
}

export type GroupResult =
  | { readonly kind: "waiting" }
  | { readonly kind: "complete"; readonly group: SegmentGroup }
  | { readonly kind: "misaligned"; readonly starts: readonly number[] };

/** Half a frame at 60 frames a second. */
const toleranceMs = 8;

export class SegmentGroups {
  readonly #waiting: ClosedSegment[][];

  constructor(rungs: number) {
    this.#waiting = Array.from({ length: rungs }, () => []);
  }

  /** The next segment of one rung. The group's times are the first rung's. */
  add(rung: number, segment: ClosedSegment): GroupResult {
    this.#waiting[rung]!.push(segment);
    if (this.#waiting.some((queue) => queue.length === 0)) return { kind: "waiting" };
    const segments = this.#waiting.map((queue) => queue.shift()!);
    const { startMs, endMs } = segments[0]!;
    if (segments.some((other) => Math.abs(other.startMs - startMs) > toleranceMs))
      return { kind: "misaligned", starts: segments.map((other) => other.startMs) };
    return { kind: "complete", group: { startMs, endMs, segments } };
  }
}
