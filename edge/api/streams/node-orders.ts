/**
 * Orders for media nodes, written in the transaction of what they follow from. Rows are locked in one direction by all:
 * event, streams, recordings, nodes; of each kind several at a time and in their order, so that nobody waits in a ring.
 */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { mediaCommands, mediaNodes } from "../../db/schema/streams-tables.ts";
import type { StreamRow } from "./stream-representation.ts";
import { isRunning } from "./stream-status.ts";

/** Writes an order for the node that carries the stream, if one does. Needs the stream's row lock. */
export async function orderNode(tx: Database, row: StreamRow, kind: "cut" | "end" | "relays"): Promise<void> {
  if (row.mediaNodeId === null || !isRunning(row.status)) return;
  await writeOrder(tx, row.mediaNodeId, row, kind);
}

/** Who orders several nodes holds them first. */
export async function writeOrder(
  tx: Database,
  nodeId: string,
  row: Pick<StreamRow, "id" | "playbackId">,
  kind: "cut" | "end" | "revoke" | "relays" | "delete-recording",
  { playbackGeneration = null, recordingId = null }: OrderDetail = {},
): Promise<void> {
  // A node asks for what is behind an id. Its row's lock makes ids become visible in their order, so that none is
  // skipped by a node that saw a later one first.
  await holdNodes(tx, [nodeId]);
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

/** Until the transaction ends, no one else writes orders for these nodes. */
export async function holdNodes(tx: Database, nodeIds: readonly (string | null)[]): Promise<void> {
  await tx.execute(sql`
    select 1 from ${mediaNodes}
    where ${mediaNodes.id} in (select jsonb_array_elements_text(${JSON.stringify(nodeIds)}::jsonb))
    order by ${mediaNodes.id} for no key update`);
}

/** As `holdNodes`, the nodes that have these streams or recordings of them; returns their ids. Needs the streams' row locks. */
export async function holdNodesOf(tx: Database, streamIds: readonly string[]): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    with wanted as (select jsonb_array_elements_text(${JSON.stringify(streamIds)}::jsonb) as stream_id)
    select node.id from media_nodes node
    where node.id in (
      select streams.media_node_id from streams join wanted on wanted.stream_id = streams.id
      union
      select recordings.media_node_id from recordings join wanted on wanted.stream_id = recordings.stream_id
      where recordings.deleted_at is null)
    order by node.id for no key update`);
  return rows.map(({ id }) => id);
}
