import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { ViewersRequest } from "../../protocol/internal-media.ts";
import { shareTheLog } from "../playback/write-beats.ts";
import { markSeen } from "../realtime/seen-mark.ts";

/** Kept for longer than any gauge looks back. */
const keptHours = 1;
/** So long a player's own word stands alone: it says when it was closed, and this report comes up to 15 s later. */
const playersWordSeconds = 75;

/**
 * Keeps who fetched playlists of streams that this node carries, as of now and, where the stream has a session and their
 * player does not tell by beats, in the raw log of who was there; other streams are passed over, and so is who has no
 * account any more.
 */
export async function takeViewers(
  db: Database,
  { nodeId, streams }: ViewersRequest,
  now: Date,
): Promise<void> {
  const seen = streams.flatMap(({ streamId, viewerIds }) =>
    [...new Set(viewerIds)].map((viewerId) => ({ stream_id: streamId, viewer_id: viewerId })),
  );
  const at = sql`${now.toISOString()}::timestamptz`;
  const spokeSince = sql`${at} - make_interval(secs => ${playersWordSeconds})`;
  if (seen.length > 0) {
    await db.transaction(async (tx) => {
      await shareTheLog(tx);
      // In one order, so that two reports that meet wait for each other instead of locking up.
      const watched = await tx.execute<{ session_id: string }>(sql`
        with seen as materialized (
          select distinct seen.stream_id, streams.session_id, seen.viewer_id
          from json_to_recordset(${JSON.stringify(seen)}::json) as seen(stream_id text, viewer_id text)
          join streams on streams.id = seen.stream_id and streams.media_node_id = ${nodeId}
          left join users person on person.id = seen.viewer_id and person.deleted_at is null
          where seen.viewer_id not like 'usr\\_%' or person.id is not null
        ), now_there as (
          insert into stream_viewers (stream_id, viewer_id, seen_at)
          select stream_id, viewer_id, ${at} from seen order by 1, 2
          on conflict (stream_id, viewer_id)
            do update set seen_at = greatest(stream_viewers.seen_at, excluded.seen_at)
        ), logged as (
          insert into presence_minutes as kept
            (session_id, viewer_id, via, minute, stream_id, first_at, last_at)
          select session_id, viewer_id, 'playlist', date_trunc('minute', ${at}, 'UTC'), stream_id, ${at}, ${at}
          from seen
          where session_id is not null and not exists (
            select from play_minutes as told
            where told.stream_id = seen.stream_id and told.viewer_id = seen.viewer_id
              and told.minute >= date_trunc('minute', ${spokeSince}, 'UTC') and told.last_at >= ${spokeSince})
          order by 1, 2
          on conflict (session_id, minute, viewer_id, via)
            do update set last_at = greatest(kept.last_at, excluded.last_at), stream_id = excluded.stream_id
        )
        select distinct session_id from seen where session_id is not null order by 1`);
      await markSeen(
        tx,
        watched.map(({ session_id }) => session_id),
        now,
      );
    });
  }
  await db.execute(sql`
    delete from stream_viewers where (stream_id, viewer_id) in (
      select stream_id, viewer_id from stream_viewers
      where seen_at < ${at} - make_interval(hours => ${keptHours})
      order by seen_at limit 5000 for update skip locked
    )`);
}
