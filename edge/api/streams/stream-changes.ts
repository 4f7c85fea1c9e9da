/** What people do to streams. Orders for the node that carries one are written in the same transaction. */
import { eq, sql } from "drizzle-orm";
import type * as v from "valibot";
import { violatedConstraint } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import type { CreateStreamRequest } from "../../protocol/streams.ts";
import { endOpenBroadcasts } from "../stream-health/broadcast-record.ts";
import { holdNodesOf, orderNode, writeOrder } from "./node-orders.ts";
import { streamColumns } from "./stream-columns.ts";
import { hashStreamKey, newStreamKey } from "./stream-key.ts";
import type { StreamRow } from "./stream-representation.ts";
import { isRunning } from "./stream-status.ts";

/** Throws `session-has-stream` (409) and `invalid` (422, no such session). The key is nowhere but in this answer. */
export async function createStream(
  db: Database,
  request: v.InferOutput<typeof CreateStreamRequest>,
): Promise<{ row: StreamRow; streamKey: string }> {
  const streamKey = newStreamKey();
  const keyHash = await hashStreamKey(streamKey);
  try {
    const [row] = await db
      .insert(streams)
      .values({
        ...request,
        id: newIdentifier("stream"),
        playbackId: newIdentifier("playback"),
        keyHash,
      })
      .returning(streamColumns);
    return { row: row!, streamKey };
  } catch (error) {
    const violation = violatedConstraint(error);
    if (violation?.constraint === "streams_session_has_stream") throw new Problem("session-has-stream");
    if (violation?.kind === "foreign-key") {
      throw new Problem("invalid", { errors: [{ pointer: "/sessionId", detail: "is not a session" }] });
    }
    throw error;
  }
}

/** The old key stops working at once; whoever publishes with it is cut. Needs a transaction. Throws `not-found`. */
export async function regenerateStreamKey(tx: Database, streamId: string): Promise<string> {
  const streamKey = newStreamKey();
  const keyHash = await hashStreamKey(streamKey);
  const [row] = await tx
    .update(streams)
    .set({ keyHash })
    .where(eq(streams.id, streamId))
    .returning(streamColumns);
  if (row === undefined) throw new Problem("not-found");
  await orderNode(tx, row, "cut");
  // Whoever had the key could watch by it.
  await revokePlayback(tx, row.id);
  return streamKey;
}

/** Ends a running stream at once. Null when it was not running: there is nothing to end. Throws `not-found`. */
export async function endStream(db: Database, streamId: string, now: Date): Promise<StreamRow | null> {
  return db.transaction(async (tx) => {
    const [row] = await tx.select(streamColumns).from(streams).where(eq(streams.id, streamId)).for("update");
    if (row === undefined) throw new Problem("not-found");
    if (!isRunning(row.status)) return null;
    await orderNode(tx, row, "end");
    await endOpenBroadcasts(tx, row.id, now);
    const [ended] = await tx
      .update(streams)
      .set({ status: "ended", endedAt: now, shed: [] })
      .where(eq(streams.id, streamId))
      .returning(streamColumns);
    return ended!;
  });
}

/**
 * From now on no playback token of this stream that was made before is good; who still may watch gets a new one. Also
 * of an ended stream, whose last minutes its node still shows. Needs a transaction. Throws `not-found`.
 */
export async function revokePlayback(tx: Database, streamId: string): Promise<void> {
  const [row] = await tx
    .update(streams)
    .set({ playbackGeneration: sql`${streams.playbackGeneration} + 1` })
    .where(eq(streams.id, streamId))
    .returning(streamColumns);
  if (row === undefined) throw new Problem("not-found");
  const { playbackGeneration } = row;
  for (const nodeId of await holdNodesOf(tx, [streamId]))
    await writeOrder(tx, nodeId, row, "revoke", { playbackGeneration });
}
