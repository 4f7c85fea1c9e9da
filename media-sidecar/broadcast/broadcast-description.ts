/** What a broadcast says of its source and its renditions, to people and in playlists. */
import type { StreamRendition, StreamSource } from "../../edge/protocol/streams.ts";
import type { SourceFigures } from "../ingest/source-meter.ts";
import type { AudioConfiguration, VideoConfiguration } from "../ingest/source-reader.ts";
import { audioKbps, declaredBitsPerSecond, type LadderPlan } from "../ladder/ladder-plan.ts";
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
