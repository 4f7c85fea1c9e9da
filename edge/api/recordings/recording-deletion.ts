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
  const { mediaNodeId, streamId, playbackId, title } = row;
  if (mediaNodeId !== null)
    await writeOrder(tx, mediaNodeId, { id: streamId, playbackId }, "delete-recording", { recordingId: id });
  return { title, streamId };
}
