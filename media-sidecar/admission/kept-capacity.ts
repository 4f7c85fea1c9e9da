/** What a machine was measured to encode, as it stands in its file. */
import * as v from "valibot";
import { videoEncoders } from "../ladder/video-encoders.ts";

const Kept = v.object({
  /** All that the measurement depends on; with any of it changed, it is done again. */
  machine: v.string(),
  encoder: v.picklist(videoEncoders),
  /** Luma samples, all rungs of all streams together. */
  samplesPerSecond: v.pipe(v.number(), v.minValue(1)),
  /** Unix milliseconds. */
  measuredAt: v.number(),
});
export type KeptCapacity = v.InferOutput<typeof Kept>;
export type Capacity = Pick<KeptCapacity, "encoder" | "samplesPerSecond">;

/** Drivers and cooling change, too. */
const goodForMs = 30 * 24 * 3600 * 1000;

/** Null where the text is none, of another machine, or old. */
export function readKept(text: string, machine: string, nowMs: number): Capacity | null {
  let kept: v.SafeParseResult<typeof Kept>;
  try {
    kept = v.safeParse(Kept, JSON.parse(text));
  } catch {
    return null;
  }
  if (!kept.success || kept.output.machine !== machine) return null;
  const age = nowMs - kept.output.measuredAt;
  // A clock that was set back must not make it good for years.
  if (age > goodForMs || age < 0) return null;
  const { encoder, samplesPerSecond } = kept.output;
  return { encoder, samplesPerSecond };
}
