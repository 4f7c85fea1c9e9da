/** What a ladder costs a machine, in luma samples encoded a second. Values in, values out. */
import type { Rung } from "./ladder-plan.ts";

/**
 * A decoded and scaled sample of the source, beside an encoded one of a rung: solved from the CPU time of 1080p30 with
 * its top rung copied (19.7 s for 20 s) and with all rungs encoded (36.9 s).
 */
const decodedSample = 0.4;
/** Nothing is decoded for a copy, yet its bytes pass through FFmpeg, the packager and the disk. */
const copiedSample = 0.02;

export interface LadderSize {
  /** Pixels of the source. */
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

/** The cost of these rungs together; the source is decoded once, where anything is encoded. */
export function ladderCost(rungs: readonly Rung[], source: LadderSize): number {
  let samples = rungs.some((rung) => !rung.copied) ? decodedSample * source.width * source.height : 0;
  for (const { width, height, copied } of rungs) samples += width * height * (copied ? copiedSample : 1);
  return Math.round(samples * source.frameRate);
}

/** Before anything is known of a stream it is counted as a 1080p30 one that is copied. */
export const unknownStreamCost = Math.round(copiedSample * 1920 * 1080 * 30);
