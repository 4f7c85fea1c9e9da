/** May this key publish on this node? Pure; the query brings the facts. */
import type { EventStatus } from "../../protocol/events.ts";
import type { StreamStatus } from "../../protocol/streams.ts";
import { heartbeatFreshSeconds } from "../health/check-health.ts";
import { isRunning } from "../streams/stream-status.ts";

export interface PublishFacts {
  status: StreamStatus;
  /** The node that holds the stream now or held it last. */
  mediaNodeId: string | null;
  /** When that node was last heard. */
  heartbeatAt: Date | null;
  /** Null for a stream without a session. */
  eventStatus: EventStatus | null;
}

export type PublishVerdict =
  | { allowed: true; takenFromNodeId: string | null }
  | { allowed: false; reason: "live-elsewhere" | "event-over" };

export function decidePublish(stream: PublishFacts, nodeId: string, now: Date): PublishVerdict {
  if (stream.eventStatus === "ended" || stream.eventStatus === "cancelled") {
    return { allowed: false, reason: "event-over" };
  }
  const elsewhere = stream.mediaNodeId !== null && stream.mediaNodeId !== nodeId;
  if (!elsewhere) return { allowed: true, takenFromNodeId: null };
  if (isRunning(stream.status)) {
    const silentMs = stream.heartbeatAt === null ? Infinity : now.getTime() - stream.heartbeatAt.getTime();
    const publishing = stream.status !== "reconnecting";
    if (publishing && silentMs < heartbeatFreshSeconds * 1000) {
      return { allowed: false, reason: "live-elsewhere" };
    }
    // An encoder that lost its node, or was sent to another one: the old node closes its playlist.
    return { allowed: true, takenFromNodeId: stream.mediaNodeId };
  }
  return { allowed: true, takenFromNodeId: null };
}
