/** What stays of a broadcast: one recording, whatever happened to the encoder's connection. */
import * as v from "valibot";
import { Instant, identifier } from "./identifier.ts";
import { listOf } from "./list.ts";

/**
 * `recording`: grows, and may be watched already. `processing`: being made into files. `failed`: they could not be
 * made; what was recorded can still be watched.
 */
export const RecordingStatus = v.picklist(["recording", "processing", "ready", "failed"]);
export type RecordingStatus = v.InferOutput<typeof RecordingStatus>;

/** One MP4; a new one begins only where the source changed its parameters. */
export const RecordingFile = v.object({
  url: v.string(),
  durationSeconds: v.number(),
  sizeBytes: v.number(),
  width: v.nullable(v.number()),
  height: v.nullable(v.number()),
});

/** Where a copy in a bucket stands; null where no bucket is set. */
export const UploadStatus = v.picklist(["waiting", "uploading", "done", "failed"]);
export type UploadStatus = v.InferOutput<typeof UploadStatus>;

export const Recording = v.pipe(
  v.object({
    id: identifier("recording"),
    streamId: identifier("stream"),
    title: v.string(),
    status: RecordingStatus,
    startedAt: Instant,
    endedAt: v.nullable(Instant),
    durationSeconds: v.number(),
    /** Of the files; while there are none, of the segments. */
    sizeBytes: v.number(),
    /** How far the files are made, 0 to 1; null when none are being made. */
    progress: v.nullable(v.number()),
    /** All of it as HLS in every quality, as soon as anything is recorded; null when no machine has it. */
    playbackUrl: v.nullable(v.string()),
    /** The first file; null until it is made. */
    downloadUrl: v.nullable(v.string()),
    files: v.array(RecordingFile),
    posterUrl: v.nullable(v.string()),
    /** Pictures along it as WebVTT, for a seek bar; null while there are none. */
    thumbnailsUrl: v.nullable(v.string()),
    upload: v.nullable(UploadStatus),
    /** What went wrong, in words for the organiser. */
    error: v.nullable(v.string()),
  }),
  v.metadata({ ref: "Recording" }),
);
export type Recording = v.InferOutput<typeof Recording>;
export const RecordingList = listOf(Recording);
