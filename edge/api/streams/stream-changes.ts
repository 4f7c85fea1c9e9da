/** What people do to streams. Orders for the node that carries one are written in the same transaction. */
import { and, eq, isNull, sql } from "drizzle-orm";
import type * as v from "valibot";
import { violatedConstraint } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import { recordings } from "../../db/schema/aftermath-tables.ts";
import { mediaCommands, mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import type { CreateStreamRequest } from "../../protocol/streams.ts";
import { endOpenBroadcasts } from "../stream-health/broadcast-record.ts";
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

/** Writes an order for the node that carries the stream, if one does. Needs the stream's row lock. */
export async function orderNode(tx: Database, row: StreamRow, kind: "cut" | "end" | "relays"): Promise<void> {
  if (row.mediaNodeId === null || !isRunning(row.status)) return;
  await writeOrder(tx, row.mediaNodeId, row, kind);
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
  for (const nodeId of await nodesWithMedia(tx, row))
    await writeOrder(tx, nodeId, row, "revoke", { playbackGeneration });
}

/** The node that has the stream, and those that have recordings of it; in one order for all, as they are locked. */
async function nodesWithMedia(tx: Database, { id, mediaNodeId }: StreamRow): Promise<string[]> {
  const rows = await tx
    .selectDistinct({ nodeId: recordings.mediaNodeId })
    .from(recordings)
    .where(and(eq(recordings.streamId, id), isNull(recordings.deletedAt)));
  const nodeIds = new Set([mediaNodeId, ...rows.map(({ nodeId }) => nodeId)]);
  return [...nodeIds].filter((nodeId) => nodeId !== null).sort();
}

export async function writeOrder(
  tx: Database,
  nodeId: string,
  row: Pick<StreamRow, "id" | "playbackId">,
  kind: "cut" | "end" | "revoke" | "relays" | "delete-recording",
  { playbackGeneration = null, recordingId = null }: OrderDetail = {},
): Promise<void> {
  // A node asks for what is behind an id. Its row's lock makes ids become visible in their order, so that none is
  // skipped by a node that saw a later one first.
  await tx.execute(sql`select 1 from ${mediaNodes} where ${mediaNodes.id} = ${nodeId} for no key update`);
  const { id: streamId, playbackId } = row;
  const detail = { playbackGeneration, recordingId };
  await tx.insert(mediaCommands).values({ nodeId, kind, streamId, playbackId, ...detail });
}

interface OrderDetail {
  /** Of a revocation. */
  playbackGeneration?: number | null;
  /** Of a recording's deletion. */
  recordingId?: string | null;
}
