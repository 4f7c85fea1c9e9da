import * as v from "valibot";
import { type VideoEncoder, videoEncoders } from "./ladder/video-encoders.ts";
import type { BucketSettings } from "./recordings/bucket.ts";
import type { RetentionSettings } from "./recordings/retention.ts";

const Port = v.pipe(
  v.string(),
  v.regex(/^\d{1,5}$/, "is not a port"),
  v.transform(Number),
  v.minValue(1),
  v.maxValue(65535),
);
const AbsolutePath = v.pipe(v.string(), v.startsWith("/", "is not an absolute path"));
const Text = v.pipe(v.string(), v.minLength(1));
const WholeSeconds = v.pipe(
  v.string(),
  v.regex(/^\d{1,6}$/, "is not a number of seconds"),
  v.transform(Number),
);

const WholeMegabytes = v.pipe(
  v.string(),
  v.regex(/^\d{1,9}$/, "is not a number of megabytes"),
  v.transform(Number),
);

const WholeDays = v.pipe(v.string(), v.regex(/^\d{1,5}$/, "is not a number of days"), v.transform(Number));

/** The sidecar's environment; the supervisor writes it (processes.ts), a person only outside of both supervisors. */
const Environment = v.object({
  DATA_DIR: AbsolutePath,
  MEDIA_DIR: AbsolutePath,
  SIDECAR_PORT: Port,
  RTMP_PORT: v.optional(Port, "1935"),
  RTMP_CONTROL_PORT: Port,
  METRICS_PORT: v.optional(Port),
  EDGE_INTERNAL_URL: v.pipe(v.string(), v.url("is not a URL")),
  INTERNAL_API_KEY: Text,
  HLS_HOST: v.optional(Text, "localhost:8080"),
  RTMP_HOST: v.optional(Text, "localhost"),
  NODE_NAME: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9_-]{1,60}$/, "may have letters, digits, - and _ only, and at most 60"),
    ),
  ),
  FFMPEG_PATH: v.optional(Text, "ffmpeg"),
  ENCODER: v.optional(v.picklist(["auto", ...videoEncoders], "is no encoder that is known here"), "auto"),
  ENCODING_CAPACITY: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[1-9]\d{0,14}$/, "is not a number of samples a second"),
      v.transform(Number),
    ),
  ),
  REWIND_LIMIT_SECONDS: v.optional(WholeSeconds, "86400"),
  LEAST_FREE_MB: v.optional(WholeMegabytes, "256"),
  RECORDING_RENDITIONS: v.optional(v.picklist(["all", "top"], 'is neither "all" nor "top"'), "all"),
  RECORDINGS_KEEP_DAYS: v.optional(WholeDays),
  RECORDINGS_MAX_GB: v.optional(WholeMegabytes),
  FREE_SPACE_MIN_MB: v.optional(WholeMegabytes, "1024"),
  S3_ENDPOINT: v.optional(v.pipe(v.string(), v.url("is not a URL"))),
  S3_REGION: v.optional(Text, "us-east-1"),
  S3_BUCKET: v.optional(Text),
  S3_ACCESS_KEY_ID: v.optional(Text),
  S3_SECRET_ACCESS_KEY: v.optional(Text),
  S3_PREFIX: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9/_.-]{0,200}$/, "has other than letters, digits and /_.-")),
    "",
  ),
  KEEP_ENDED_SECONDS: v.optional(WholeSeconds, "300"),
  HEALTH_EVERY_SECONDS: v.optional(v.pipe(WholeSeconds, v.minValue(1, "is not a number of seconds")), "10"),
  RELAY_ALLOW_PRIVATE: v.optional(v.picklist(["true", "false"], "is neither true nor false"), "false"),
});

export interface Configuration {
  dataDirectory: string;
  mediaDirectory: string;
  sidecarPort: number;
  rtmpPort: number;
  rtmpControlPort: number;
  /** Where other machines read /metrics, with INTERNAL_API_KEY; null for nowhere. */
  metricsPort: number | null;
  edgeInternalUrl: string;
  internalApiKey: string;
  hlsHost: string;
  rtmpHost: string;
  /** Null: a random one is kept in the data directory. */
  nodeName: string | null;
  ffmpegPath: string;
  /** auto: the first hardware encoder that works, else libx264. */
  encoder: VideoEncoder | "auto";
  /** Luma samples a second that this machine may encode; null: it is measured. */
  encodingCapacity: number | null;
  /** How far back live playlists reach at most, whatever their streams ask for. */
  rewindLimitSeconds: number;
  /** With less room on the media disk, playlists reach back less far. */
  leastFreeBytes: number;
  /** How long playlists and files of an ended broadcast stay. */
  keepEndedSeconds: number;
  /** How often each stream is looked at; the wire says ten seconds, and tests have less time. */
  healthEverySeconds: number;
  /** Which renditions are recorded: all, so that replay adapts, or the best alone. */
  recordingRenditions: "all" | "top";
  recordingRetention: RetentionSettings;
  /** With less room on the media disk, nothing more is recorded. */
  recordingLeastFreeBytes: number;
  /** Where finished recordings are copied; null for nowhere. */
  bucket: BucketSettings | null;
  /** Relays may go to private addresses, and to this machine. */
  relayAllowPrivate: boolean;
}

/** Throws an Error that names every variable that is missing or wrong, and never its value. */
export function parseConfiguration(environment: Record<string, string | undefined>): Configuration {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = v.safeParse(Environment, present);
  if (!parsed.success) {
    const wrong = parsed.issues.map((issue) => {
      const name = String(issue.path?.[0]?.key);
      return present[name] === undefined ? `${name} is not set` : `${name} ${wording(issue.message)}`;
    });
    throw new Error(`the sidecar cannot start: ${[...new Set(wrong)].join(", ")}`);
  }
  const values = parsed.output;
  return {
    dataDirectory: values.DATA_DIR,
    mediaDirectory: values.MEDIA_DIR,
    sidecarPort: values.SIDECAR_PORT,
    rtmpPort: values.RTMP_PORT,
    rtmpControlPort: values.RTMP_CONTROL_PORT,
    metricsPort: values.METRICS_PORT ?? null,
    edgeInternalUrl: values.EDGE_INTERNAL_URL.replace(/\/+$/, ""),
    internalApiKey: values.INTERNAL_API_KEY,
    hlsHost: values.HLS_HOST,
    rtmpHost: values.RTMP_HOST,
    nodeName: values.NODE_NAME ?? null,
    ffmpegPath: values.FFMPEG_PATH,
    encoder: values.ENCODER,
    encodingCapacity: values.ENCODING_CAPACITY ?? null,
    rewindLimitSeconds: values.REWIND_LIMIT_SECONDS,
    leastFreeBytes: values.LEAST_FREE_MB * 1024 * 1024,
    keepEndedSeconds: values.KEEP_ENDED_SECONDS,
    healthEverySeconds: values.HEALTH_EVERY_SECONDS,
    recordingRenditions: values.RECORDING_RENDITIONS,
    recordingRetention: {
      keepDays: values.RECORDINGS_KEEP_DAYS ?? null,
      mostBytes: values.RECORDINGS_MAX_GB === undefined ? null : values.RECORDINGS_MAX_GB * 1e9,
    },
    recordingLeastFreeBytes: values.FREE_SPACE_MIN_MB * 1024 * 1024,
    bucket: bucketOf(values),
    relayAllowPrivate: values.RELAY_ALLOW_PRIVATE === "true",
  };
}

function bucketOf(values: v.InferOutput<typeof Environment>): BucketSettings | null {
  const { S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (bucket === undefined) return null;
  const missing = [
    ...(accessKeyId === undefined ? ["S3_ACCESS_KEY_ID"] : []),
    ...(secretAccessKey === undefined ? ["S3_SECRET_ACCESS_KEY"] : []),
  ];
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error(`the sidecar cannot start: with S3_BUCKET ${missing.join(" and ")} must be set, too`);
  const prefix = values.S3_PREFIX === "" ? "" : `${values.S3_PREFIX.replace(/^\/+|\/+$/g, "")}/`;
  const region = values.S3_REGION;
  return { endpoint: values.S3_ENDPOINT ?? null, region, bucket, accessKeyId, secretAccessKey, prefix };
}

/** valibot's own messages end in the received value, which may be a secret. */
function wording(message: string): string {
  return message.startsWith("Invalid") ? "has a wrong value" : message;
}
