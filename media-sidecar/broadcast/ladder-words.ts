/** What people are told of renditions that a machine does not make. */
import type { LeftOutRung } from "../ladder/ladder-plan.ts";
import type { SegmentPace } from "../packager/segment-cuts.ts";

const shedReasons: Record<LeftOutRung["reason"], string> = {
  "too-slow": "The media machine fell behind with it",
  "no-room": "The media machine has no room for it beside its other streams",
};

/** Renditions that are not made now, and why, for the studio. */
export function describeShed(leftOut: readonly LeftOutRung[]): { name: string; reason: string }[] {
  return leftOut.map(({ name, reason }) => ({ name, reason: shedReasons[reason] }));
}

/** A warning for what was left out for this reason; null when nothing was. */
export function shedWarning(leftOut: readonly LeftOutRung[], reason: LeftOutRung["reason"]): string | null {
  const names = leftOut.filter((rung) => rung.reason === reason).map(({ name }) => name);
  if (names.length === 0) return null;
  const which = `${new Intl.ListFormat("en").format(names)} ${names.length === 1 ? "is" : "are"}`;
  const cause =
    reason === "too-slow" ? "The media machine fell behind" : "The media machine is busy with other streams";
  return `${cause}: ${which} not made now, and viewers see the next lower quality`;
}

/** Why a stream was sent away, for whoever stands at its encoder. */
export function noRoomAdvice(pace: SegmentPace): string {
  return (
    "The media machine has no room for another stream that it must encode: " +
    `set a keyframe interval of ${pace.targetSeconds} s and H.264 in OBS, so that it can be passed on as it is, or wait until another stream ends`
  );
}
