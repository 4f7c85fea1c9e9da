import type { Recording } from "../../protocol/recordings.ts";
import { recordingFileUrl } from "../streams/stream-addresses.ts";
import type { FoundRecording } from "./recording-queries.ts";

/** `token` stands in its addresses; null where none is needed. Staff read what went wrong. */
export function toRecording(
  { row, nodeHlsHost }: FoundRecording,
  hlsHost: string,
  token: string | null,
  isStaff: boolean,
): Recording {
  const address = (file: string) =>
    recordingFileUrl(nodeHlsHost || hlsHost, row.playbackId, token ?? undefined, file);
  // Without a node, nobody has any of it.
  const isThere = row.mediaNodeId !== null;
  const files = (isThere ? row.files : []).map(({ name, ...file }) => ({ url: address(name), ...file }));
  return {
    id: row.id,
    streamId: row.streamId,
    title: row.title,
    status: row.status,
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    durationSeconds: row.durationSeconds,
    sizeBytes: row.sizeBytes,
    progress: row.progress,
    // Its replay stays where only the files could not be made.
    playbackUrl: isThere ? address("master.m3u8") : null,
    downloadUrl: files[0] === undefined ? null : `${files[0].url}?download`,
    files,
    posterUrl: isThere && row.poster !== null ? address(row.poster) : null,
    thumbnailsUrl: isThere && row.thumbnails !== null ? address(row.thumbnails) : null,
    upload: row.upload,
    error: isStaff ? row.error : null,
  };
}
