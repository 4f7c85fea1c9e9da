/** What stays of a recording beside its media and its journal: `recording.json`, written whole or not at all. */
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { RecordingReport } from "../../edge/protocol/internal-aftermath.ts";
import { syncFile } from "./kept-files.ts";

const { recordingId, streamId, broadcastId, playbackId, status, endedAt } = RecordingReport.entries;
const { files, poster, thumbnails, upload, error } = RecordingReport.entries;

export const RecordingRecord = v.object({
  recordingId,
  streamId,
  broadcastId,
  playbackId,
  status,
  endedAt,
  files,
  poster,
  thumbnails,
  upload,
  error,
  /** No report so far has a higher one; the clock may jump, so they are counted. */
  revision: v.number(),
  /** Who may watch, as the edge said last: nobody without a token before it did. */
  visibility: v.picklist(["public", "private"]),
  /** Playback tokens of lower generations are revoked. */
  playbackGeneration: v.number(),
});
export type RecordingRecord = v.InferOutput<typeof RecordingRecord>;

/** Of a new recording: one a broadcast, so its id follows from the broadcast's. */
export function recordingIdOf(broadcast: string): string {
  return broadcast.replace(/^[a-z]+_/, "rec_");
}

const fileName = "recording.json";

export async function writeRecord(directory: string, record: RecordingRecord): Promise<void> {
  const path = join(directory, fileName);
  const file = await open(`${path}.new`, "w");
  try {
    await file.writeFile(JSON.stringify(record));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  // The name is on the disk, too, when its directory is.
  await syncFile(directory);
}

/** Rejects when there is none that can be read. */
export async function readRecord(directory: string): Promise<RecordingRecord> {
  return v.parse(RecordingRecord, JSON.parse(await readFile(join(directory, fileName), "utf8")));
}
