/** How each encoder is told what the ladder needs: keyframes where they are asked for, a ceiling, no reordering. */
import type { LatencyMode } from "../../edge/protocol/streams.ts";

/** Best first; libx264 works everywhere. */
export const videoEncoders = ["h264_nvenc", "h264_qsv", "h264_vaapi", "libx264"] as const;
export type VideoEncoder = (typeof videoEncoders)[number];

interface EncoderProfile {
  /** Before the input: which device to open. */
  readonly device: readonly string[];
  /** Behind the last filter: what brings a picture of the main memory to the device. */
  readonly upload: string | null;
  readonly quality: readonly string[];
  readonly prompt: readonly string[];
}

/** What goes in comes out at once: no reordering, no looking ahead, no frame waiting for its thread. */
const promptX264 = [
  ...["-bf", "0"],
  ...["-x264-params", "rc-lookahead=0:sync-lookahead=0:mbtree=0:sliced-threads=1"],
];

/**
 * Options of hardware encoders are FFmpeg's documented ones. Whether a machine has one that takes them, and makes every
 * forced keyframe one that a player can begin with, is found by trial (admission/encoder-trial.ts).
 */
const profiles: Record<VideoEncoder, EncoderProfile> = {
  libx264: {
    device: [],
    upload: null,
    // quality first, with a ceiling: a slide that stands still costs next to nothing
    quality: ["-preset", "veryfast", "-profile:v", "high", "-crf", "23", "-sc_threshold", "0"],
    prompt: promptX264,
  },
  h264_nvenc: {
    device: [],
    upload: null,
    // a forced keyframe is an IDR only when that is said
    quality: [
      ...["-preset", "p4", "-profile:v", "high", "-rc", "vbr", "-cq", "25", "-b:v", "0"],
      ...["-no-scenecut", "1", "-forced-idr", "1", "-bf", "0"],
    ],
    prompt: ["-tune", "ull", "-zerolatency", "1", "-delay", "0"],
  },
  h264_qsv: {
    device: ["-init_hw_device", "qsv=device", "-filter_hw_device", "device"],
    upload: "format=nv12",
    quality: [
      "-preset",
      "veryfast",
      "-profile:v",
      "high",
      "-global_quality",
      "25",
      "-forced_idr",
      "1",
      "-bf",
      "0",
    ],
    prompt: ["-async_depth", "1"],
  },
  h264_vaapi: {
    device: ["-vaapi_device", "/dev/dri/renderD128"],
    upload: "format=nv12,hwupload",
    quality: ["-profile:v", "high", "-rc_mode", "QVBR", "-global_quality", "25", "-bf", "0"],
    prompt: ["-async_depth", "1"],
  },
};

/** Global arguments, which stand before the input. */
export function deviceArguments(encoder: VideoEncoder): readonly string[] {
  return profiles[encoder].device;
}

/** Null where the encoder takes pictures from the main memory as they are. */
export function uploadFilter(encoder: VideoEncoder): string | null {
  return profiles[encoder].upload;
}

export function encoderArguments(
  encoder: VideoEncoder,
  videoKbps: number,
  latencyMode: LatencyMode,
): string[] {
  const { quality, prompt } = profiles[encoder];
  return [
    ...["-c:v", encoder],
    ...quality,
    ...(latencyMode === "low" ? prompt : []),
    ...["-maxrate", `${videoKbps}k`],
    // one second of it, so that no segment's peak is far above the ceiling
    ...["-bufsize", `${videoKbps}k`],
  ];
}
