/** Variables of the media machine's disk, time and network, the same at home and in the container. */
import * as v from "valibot";
import { videoEncoders } from "../../media-sidecar/ladder/video-encoders.ts";
import type { MediaSettings } from "../../media-sidecar/processes.ts";
import { explainIssues } from "./explain-issues.ts";
import { StartRefusal } from "./start-refusal.ts";

const wholeNumber = v.optional(
  v.pipe(v.string(), v.regex(/^\d{1,6}$/, "must be a whole number"), v.transform(Number)),
);
const Variables = v.object({
  REWIND_LIMIT_SECONDS: wholeNumber,
  KEEP_ENDED_SECONDS: wholeNumber,
  LEAST_FREE_MB: wholeNumber,
  FREE_SPACE_MIN_MB: wholeNumber,
  RECORDINGS_KEEP_DAYS: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,5}$/, "must be a whole number"), v.transform(Number)),
  ),
  RECORDINGS_MAX_GB: wholeNumber,
  ENCODER: v.optional(
    v.picklist(["auto", ...videoEncoders], `must be auto or one of ${videoEncoders.join(", ")}`),
  ),
  ENCODING_CAPACITY: v.optional(
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,14}$/, "must be a whole number"), v.transform(Number)),
  ),
  METRICS_PORT: v.optional(
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,4}$/, "must be a port number"), v.transform(Number)),
  ),
  RECORDING_RENDITIONS: v.optional(v.picklist(["all", "top"], "must be all or top")),
  RELAY_ALLOW_PRIVATE: v.optional(v.picklist(["true", "false"], "must be true or false")),
});

/** The sidecar reads them itself. */
const bucketVariables = new Set([
  "S3_ENDPOINT",
  "S3_REGION",
  "S3_BUCKET",
  "S3_ACCESS_KEY_ID",
  "S3_SECRET_ACCESS_KEY",
  "S3_PREFIX",
]);

export type MediaLimits = Pick<
  MediaSettings,
  | "encoder"
  | "encodingCapacity"
  | "metricsPort"
  | "rewindLimitSeconds"
  | "keepEndedSeconds"
  | "leastFreeMegabytes"
  | "relayAllowPrivate"
  | "freeSpaceMinMegabytes"
  | "recordingsKeepDays"
  | "recordingsMaxGigabytes"
  | "recordingRenditions"
  | "bucketVariables"
>;

/** What is set of them; an empty variable counts as not set. Throws a refusal that names what cannot be used. */
export function readMediaLimits(environment: Record<string, string | undefined>): MediaLimits {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const read = v.safeParse(Variables, given);
  if (!read.success) throw new StartRefusal(explainIssues(read.issues));
  const { RELAY_ALLOW_PRIVATE: privateRelays } = read.output;
  const { REWIND_LIMIT_SECONDS: rewind, KEEP_ENDED_SECONDS: keep, LEAST_FREE_MB: free } = read.output;
  const { FREE_SPACE_MIN_MB: least, RECORDINGS_KEEP_DAYS: days } = read.output;
  const { RECORDINGS_MAX_GB: most, RECORDING_RENDITIONS: renditions } = read.output;
  const { ENCODER: encoder, ENCODING_CAPACITY: encodingCapacity, METRICS_PORT: metricsPort } = read.output;
  const bucket = Object.entries(given).filter(
    ([name, value]) => bucketVariables.has(name) && value !== undefined,
  );
  return {
    ...(bucket.length === 0 ? {} : { bucketVariables: Object.fromEntries(bucket) as Record<string, string> }),
    ...(encoder === undefined ? {} : { encoder }),
    ...(encodingCapacity === undefined ? {} : { encodingCapacity }),
    ...(metricsPort === undefined ? {} : { metricsPort }),
    ...(least === undefined ? {} : { freeSpaceMinMegabytes: least }),
    ...(days === undefined ? {} : { recordingsKeepDays: days }),
    ...(most === undefined ? {} : { recordingsMaxGigabytes: most }),
    ...(renditions === undefined ? {} : { recordingRenditions: renditions }),
    ...(rewind === undefined ? {} : { rewindLimitSeconds: rewind }),
    ...(keep === undefined ? {} : { keepEndedSeconds: keep }),
    ...(free === undefined ? {} : { leastFreeMegabytes: free }),
    ...(privateRelays === undefined ? {} : { relayAllowPrivate: privateRelays === "true" }),
  };
}
