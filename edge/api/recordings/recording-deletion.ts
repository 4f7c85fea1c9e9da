import { and, eq, isNull, type SQL } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { recordings } from "../../db/schema/aftermath-tables.ts";
import { Problem } from "../../protocol/problem.ts";
import { holdNodes, writeOrder } from "../streams/node-orders.ts";

type RecordingRow = typeof recordings.$inferSelect;

/**
 * Gone for everyone at once; its node is told to remove the files. Needs a transaction. Throws `not-found` when it was
 * deleted before. Answers its title.
 */
export async function deleteRecording(
  tx: Database,
  id: string,
  now: Date,
): Promise<{ title: string; streamId: string }> {
  const [row] = await markDeleted(tx, eq(recordings.id, id), now);
  if (row === undefined) throw new Problem("not-found");
  await orderDeletion(tx, row);
  return { title: row.title, streamId: row.streamId };
}

/** All that a stream has, before it is deleted itself. Needs its row lock; its own node is held, too. */
export async function deleteRecordingsOf(
  tx: Database,
  stream: { id: string; mediaNodeId: string | null },
  now: Date,
): Promise<void> {
  const rows = await markDeleted(tx, eq(recordings.streamId, stream.id), now);
  await holdNodes(tx, [stream.mediaNodeId, ...rows.map(({ mediaNodeId }) => mediaNodeId)]);
  for (const row of rows) await orderDeletion(tx, row);
}

function markDeleted(tx: Database, which: SQL, now: Date): Promise<RecordingRow[]> {
  return tx
    .update(recordings)
    .set({ deletedAt: now })
    .where(and(which, isNull(recordings.deletedAt)))
    .returning();
}

/** Without a node, there are no files that anybody could be told to remove. */
async function orderDeletion(tx: Database, row: RecordingRow): Promise<void> {
  const { id: recordingId, mediaNodeId, streamId: id, playbackId } = row;
  if (mediaNodeId !== null)
    await writeOrder(tx, mediaNodeId, { id, playbackId }, "delete-recording", { recordingId });
}
