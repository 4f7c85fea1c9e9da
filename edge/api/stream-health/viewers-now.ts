import { type SQL, sql } from "drizzle-orm";
import { viewersFreshMs } from "../streams/stream-representation.ts";

/**
 * How many watch the stream of the row `streams` now: who is in its session, or who fetches its playlists, whichever
 * are more. Many are both, so they are not added.
 */
export function viewersNow(now: Date): SQL {
  const since = new Date(now.getTime() - viewersFreshMs).toISOString();
  return sql`greatest(
    case when streams.viewers_at >= ${since}::timestamptz then streams.viewers else 0 end,
    (select count(*)::int from stream_viewers as seen
     where seen.stream_id = streams.id and seen.seen_at >= ${since}::timestamptz))`;
}
