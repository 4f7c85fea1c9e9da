import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { recordings } from "../../db/schema/aftermath-tables.ts";
import { Problem } from "../../protocol/problem.ts";
import { writeOrder } from "../streams/stream-changes.ts";

/**
 * Gone for everyone at once; its node is told to remove the files. Needs a transaction. Throws `not-found` when it was
 * deleted before. Answers its title.
 */
export async function deleteRecording(
  tx: Database,
  id: string,
  now: Date,
): Promise<{ title: string; streamId: string }> {
  const [row] = await tx
    .update(recordings)
    .set({ deletedAt: now })
    .where(and(eq(recordings.id, id), isNull(recordings.deletedAt)))
    .returning();
  if (row === undefined) throw new Problem("not-found");
  await orderDeletion(tx, row);
  return { title: row.title, streamId: row.streamId };
}

/** All that a stream has, before it is deleted itself. */
export async function deleteRecordingsOf(tx: Database, streamId: string, now: Date): Promise<void> {
  const rows = await tx
    .update(recordings)
    .set({ deletedAt: now })
    .where(and(eq(recordings.streamId, streamId), isNull(recordings.deletedAt)))
    .returning();
  // In one order for all, as the rows of their nodes are locked.
  rows.sort((one, other) => (one.mediaNodeId ?? "").localeCompare(other.mediaNodeId ?? ""));
  for (const row of rows) await orderDeletion(tx, row);
}

/** Without a node, there are no files that anybody could be told to remove. */
async function orderDeletion(tx: Database, row: typeof recordings.$inferSelect): Promise<void> {
  const { id: recordingId, mediaNodeId, streamId: id, playbackId } = row;
  if (mediaNodeId !== null)
    await writeOrder(tx, mediaNodeId, { id, playbackId }, "delete-recording", { recordingId });
}
