import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { ViewersRequest } from "../../protocol/internal-media.ts";

/** Kept for longer than any gauge looks back. */
const keptHours = 1;

/** Keeps who fetched playlists of streams that this node carries, in one statement; others are passed over. */
export async function takeViewers(
  db: Database,
  { nodeId, streams }: ViewersRequest,
  now: Date,
): Promise<void> {
  const seen = streams.flatMap(({ streamId, viewerIds }) =>
    [...new Set(viewerIds)].map((viewerId) => ({ stream_id: streamId, viewer_id: viewerId })),
  );
  if (seen.length > 0) {
    // In one order, so that two reports that meet wait for each other instead of locking up.
    await db.execute(sql`
      insert into stream_viewers (stream_id, viewer_id, seen_at)
      select distinct seen.stream_id, seen.viewer_id, ${now.toISOString()}::timestamptz
      from json_to_recordset(${JSON.stringify(seen)}::json) as seen(stream_id text, viewer_id text)
      join streams on streams.id = seen.stream_id and streams.media_node_id = ${nodeId}
      order by 1, 2
      on conflict (stream_id, viewer_id) do update set seen_at = greatest(stream_viewers.seen_at, excluded.seen_at)`);
  }
  await db.execute(sql`
    delete from stream_viewers where (stream_id, viewer_id) in (
      select stream_id, viewer_id from stream_viewers
      where seen_at < ${now.toISOString()}::timestamptz - make_interval(hours => ${keptHours})
      order by seen_at limit 5000 for update skip locked
    )`);
}
