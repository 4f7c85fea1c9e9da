import type { MediaStream } from "../../protocol/internal-media.ts";
import type { EventFacts } from "../events/event-access.ts";
import type { StreamRow } from "../streams/stream-representation.ts";

/** A stream as a media node needs it. Only what anyone may see may be watched without a token. */
export function toMediaStream(row: StreamRow, event: EventFacts | null): MediaStream {
  const open = event !== null && event.visibility === "public" && event.status !== "draft";
  return {
    streamId: row.id,
    playbackId: row.playbackId,
    status: row.status,
    visibility: open ? "public" : "private",
    latencyMode: row.latencyMode,
    record: row.record,
    reconnectWindowSeconds: row.reconnectWindowSeconds,
    rewindSeconds: row.rewindSeconds,
    playbackGeneration: row.playbackGeneration,
  };
}
