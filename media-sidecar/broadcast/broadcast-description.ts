/** What a broadcast says of its source and its renditions, to people and in playlists. */
import type { StreamRendition, StreamSource } from "../../edge/protocol/streams.ts";
import type { SourceFigures } from "../ingest/source-meter.ts";
import type { AudioConfiguration, VideoConfiguration } from "../ingest/source-reader.ts";
import {
  audioKbps,
  declaredBitsPerSecond,
  type LadderPlan,
  type LeftOutRung,
} from "../ladder/ladder-plan.ts";
import type { RunRendition } from "../packager/published-timeline.ts";
import type { InitSegment } from "../packager/rung-packager.ts";

export function describeSource(
  video: VideoConfiguration | null,
  audio: AudioConfiguration | null,
  figures: SourceFigures,
  frameRate: number | null,
): StreamSource {
  return {
    videoCodec: video?.codec ?? null,
    width: video?.parameters.width ?? null,
    height: video?.parameters.height ?? null,
    frameRate: video === null ? null : frameRate,
    audioCodec: audio?.codec ?? null,
    audioSampleRateHz: audio?.sampleRateHz ?? null,
    audioChannels: audio?.channels ?? null,
    bitrateKbps: figures.bitrateKbps === null ? null : toTens(figures.bitrateKbps),
    keyframeIntervalSeconds:
      figures.keyframeIntervalSeconds === null ? null : Math.round(figures.keyframeIntervalSeconds * 10) / 10,
  };
}

/** `averageRate`: bits a second of a slot so far, 0 before anything is known. */
export function describeRenditions(
  plan: LadderPlan | null,
  averageRate: (slot: number) => number,
): StreamRendition[] {
  return (plan?.rungs ?? []).map(({ slot, name, width, height, videoKbps, copied }) => {
    const bitrateKbps = toTens(averageRate(slot) / 1000) || videoKbps + audioKbps;
    return { name, width, height, bitrateKbps, copied: copied && plan?.blank !== true };
  });
}

const shedReasons: Record<LeftOutRung["reason"], string> = {
  "too-slow": "the media machine fell behind with it",
  "no-room": "the media machine has no room for it beside its other streams",
};

/** Renditions that are not made now, and why, for the studio. */
export function describeShed(leftOut: readonly LeftOutRung[]): { name: string; reason: string }[] {
  return leftOut.map(({ name, reason }) => ({ name, reason: shedReasons[reason] }));
}

/** A warning for what was left out for this reason; null when nothing was. */
export function shedWarning(leftOut: readonly LeftOutRung[], reason: LeftOutRung["reason"]): string | null {
  const names = leftOut.filter((rung) => rung.reason === reason).map(({ name }) => name);
  if (names.length === 0) return null;
  const which = names.length === 1 ? `${names[0]} is` : `${names.join(" and ")} are`;
  const cause =
    reason === "too-slow" ? "the media machine fell behind" : "the media machine is busy with other streams";
  return `${cause}: ${which} not made now, and viewers see the next lower quality`;
}

/** Why a stream was sent away, for whoever stands at its encoder. */
export function noRoomAdvice(pace: SegmentPace): string {
  return (
    "the media machine has no room for another stream that it must encode: " +
    `set a keyframe interval of ${pace.targetSeconds} s and H.264 in OBS, so that it can be passed on as it is, or wait until another stream ends`
  );
}

/** For the master playlist: codecs and sizes as the init segments have them, rates as the encoders were told. */
export function declareRenditions(
  plan: LadderPlan,
  inits: readonly InitSegment[],
  frameRate: number | null,
): RunRendition[] {
  return plan.rungs.map((rung, index) => {
    const { codecs, width, height } = inits[index]!;
    return {
      slot: rung.slot,
      codecs,
      width,
      height,
      frameRate,
      declaredBitsPerSecond: declaredBitsPerSecond(rung.videoKbps),
    };
  });
}

/** Coarse enough that a report is not new each time it is made. */
function toTens(value: number): number {
  return Math.round(value / 10) * 10;
}
