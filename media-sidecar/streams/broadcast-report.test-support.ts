/** What a broadcast says of itself, for tests of who hears it. */
import type { BroadcastReport } from "../broadcast/broadcast-settings.ts";

export const source = {
  videoCodec: "h264",
  width: 640,
  height: 360,
  frameRate: 30,
  audioCodec: "aac",
  audioSampleRateHz: 48_000,
  audioChannels: 2,
  bitrateKbps: 900,
  keyframeIntervalSeconds: 2,
};
export const report: BroadcastReport = {
  source,
  renditions: [],
  shed: [],
  warnings: [],
  playable: true,
  receiving: true,
};
