import type { Relay } from "../../protocol/relays.ts";
import type { StreamRow } from "../streams/stream-representation.ts";
import { isRunning } from "../streams/stream-status.ts";
import type { RelayRow } from "./relay-queries.ts";

/** Nodes speak of each relay every 5 s, and may be held up for a while. */
const statusFreshMs = 35_000;

/** Without its key, which is in no answer. What nobody has spoken of for a while is idle, whatever it was. */
export function toRelay(row: RelayRow, streamStatus: StreamRow["status"], now: Date): Relay {
  const { id, streamId, name, url, enabled } = row;
  const isFresh = row.reportedAt !== null && now.getTime() - row.reportedAt.getTime() < statusFreshMs;
  const isAtWork = enabled && isRunning(streamStatus) && isFresh && row.status !== "idle";
  const seen = isAtWork
    ? {
        status: row.status,
        error: row.error,
        bitrate: row.bitrateKbps,
        attempts: row.attempts,
        liveSince: row.liveSince?.toISOString() ?? null,
      }
    : ({ status: "idle", error: null, bitrate: null, attempts: 0, liveSince: null } as const);
  return { id, streamId, name, url, enabled, ...seen };
}
