import { eq } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import type { PublishDecision } from "../../protocol/internal-media.ts";
import { writeOrder } from "../streams/node-orders.ts";
import { streamColumns } from "../streams/stream-columns.ts";
import { hashStreamKey, looksLikeStreamKey } from "../streams/stream-key.ts";
import { isRunning } from "../streams/stream-status.ts";
import { toMediaStream } from "./media-stream.ts";
import { ensureNode } from "./node-queries.ts";
import { decidePublish } from "./publish-decision.ts";

export interface PublishClaim {
  decision: PublishDecision;
  /** The stream as it is now, when the claim has changed its status. */
  changed: { eventId: string | null; row: Omit<typeof streams.$inferSelect, "keyHash"> } | null;
}

const refusals = {
  "live-elsewhere": "A second publisher was refused: the stream is live on another media server.",
  "event-over": "The publisher was refused: the event is over.",
} as const;

/**
 * Decides whether this key may publish on this node, and if so gives the stream to the node in the same breath:
 * of two nodes that ask at once, one is told that the stream is live elsewhere, and a key that is changed
 * meanwhile finds the publisher it has to cut.
 */
export async function claimPublish(
  db: Database,
  nodeId: string,
  streamKey: string,
  now: Date,
): Promise<PublishClaim> {
  if (!looksLikeStreamKey(streamKey)) return unknownKey;
  const keyHash = await hashStreamKey(streamKey);
  await ensureNode(db, nodeId);
  return db.transaction(async (tx) => {
    const [locked] = await tx
      .select(streamColumns)
      .from(streams)
      .where(eq(streams.keyHash, keyHash))
      .for("update");
    if (locked === undefined) return unknownKey;
    const [facts] = await tx
      .select({
        eventId: events.id,
        eventStatus: events.status,
        visibility: events.visibility,
        heartbeatAt: mediaNodes.heartbeatAt,
      })
      .from(streams)
      .leftJoin(sessions, eq(sessions.id, streams.sessionId))
      .leftJoin(events, eq(events.id, sessions.eventId))
      .leftJoin(mediaNodes, eq(mediaNodes.id, streams.mediaNodeId))
      .where(eq(streams.id, locked.id));
    const { eventId = null, eventStatus = null, visibility = null, heartbeatAt = null } = facts ?? {};

    const verdict = decidePublish({ ...locked, heartbeatAt, eventStatus }, nodeId, now);
    if (!verdict.allowed) {
      const { reason } = verdict;
      await tx.update(streams).set({ lastError: refusals[reason] }).where(eq(streams.id, locked.id));
      return { decision: { decision: "deny", reason, streamId: locked.id }, changed: null };
    }
    if (verdict.takenFromNodeId !== null) await writeOrder(tx, verdict.takenFromNodeId, locked, "end");

    const begins = !isRunning(locked.status);
    const [row] = await tx
      .update(streams)
      .set({
        mediaNodeId: nodeId,
        lastError: null,
        // Revisions are one node's own; another node's start below any that it may send.
        ...(locked.mediaNodeId === nodeId ? {} : { reportRevision: -1 }),
        ...(begins
          ? {
              status: "starting",
              startedAt: null,
              endedAt: null,
              source: null,
              renditions: null,
              warnings: [],
              shed: [],
            }
          : {}),
      })
      .where(eq(streams.id, locked.id))
      .returning(streamColumns);
    const event = eventStatus !== null && visibility !== null ? { status: eventStatus, visibility } : null;
    return {
      decision: { decision: "allow", stream: toMediaStream(row!, event) },
      changed: begins ? { eventId, row: row! } : null,
    };
  });
}

const unknownKey: PublishClaim = {
  decision: { decision: "deny", reason: "unknown-key", streamId: null },
  changed: null,
};
