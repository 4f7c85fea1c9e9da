import type { SegmentPace } from "../packager/segment-cuts.ts";
import { seconds } from "./wording.ts";

/** `seen` is the longest interval seen; null, or a short one, while the next keyframe is still awaited. */
export function keyframeAdvice(seen: number | null, pace: SegmentPace): string {
  const isTooLong = seen !== null && seen > pace.longestKeyframeSeconds;
  const said = isTooLong ? `Keyframes come every ${seconds(seen)}` : "Keyframes come too rarely";
  return `${said}: set ${pace.targetSeconds} s in OBS (Settings → Output → Keyframe interval)`;
}
