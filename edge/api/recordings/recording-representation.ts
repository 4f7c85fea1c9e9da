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
  const files = row.files.map(({ name, ...file }) => ({ url: address(name), ...file }));
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
    playbackUrl: row.status === "failed" ? null : address("master.m3u8"),
    downloadUrl: files[0] === undefined ? null : `${files[0].url}?download`,
    files,
    posterUrl: row.poster === null ? null : address(row.poster),
    thumbnailsUrl: row.thumbnails === null ? null : address(row.thumbnails),
    upload: row.upload,
    error: isStaff ? row.error : null,
  };
}
