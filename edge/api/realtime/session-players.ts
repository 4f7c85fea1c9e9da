/** On what those watch who are in a session now, as their players say. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { SessionViewers } from "../../protocol/engagement.ts";
import { audience, audienceOfSession } from "../stream-health/viewers-now.ts";

export interface SessionPlayers {
  /** Whoever watches, by a player or by fetching playlists without a socket; with their players' devices. */
  users: ReadonlyMap<string, SessionViewers["items"][number]["devices"]>;
  anonymousDevices: SessionViewers["anonymousDevices"];
  /** Their sockets' rooms do not know these. */
  anonymousWithoutSocket: number;
}

/** A row for each user and device, or for each kind of device of all who have not signed in. */
type Row = { user_id: string | null; device: string | null; browser: string | null; many: number };

export async function readPlayers(
  db: Database,
  sessionId: string,
  beatSeconds: number,
  now: Date,
): Promise<SessionPlayers> {
  const rows = await db.execute<Row>(sql`
    with ${audience(audienceOfSession(sessionId), now, beatSeconds)}, open as (
      select viewer_id, device, browser from late_plays
      join plays using (stream_id, viewer_id, play_id) where is_fresh and not is_closed
    )
    select viewer_id as user_id, device, browser, count(*)::int as many
      from open where viewer_id like 'usr\\_%' group by 1, 2, 3
    union all
    select viewer_id, null, null, 0 from others where viewer_id like 'usr\\_%'
    union all
    select null, device, null, count(distinct viewer_id)::int
      from open where viewer_id not like 'usr\\_%' group by device
    union all
    select null, null, null, count(*)::int from others where viewer_id not like 'usr\\_%'
    order by 1, 4 desc, 2, 3`);
  const users = new Map<string, SessionViewers["items"][number]["devices"]>();
  const anonymousDevices: SessionViewers["anonymousDevices"] = [];
  let anonymousWithoutSocket = 0;
  for (const { user_id: userId, device, browser, many } of rows) {
    if (userId !== null) {
      const devices = users.get(userId) ?? [];
      users.set(userId, devices);
      if (device !== null && browser !== null) devices.push({ device, browser, players: many });
    } else if (device !== null) anonymousDevices.push({ device, viewers: many });
    else anonymousWithoutSocket = many;
  }
  return { users, anonymousDevices, anonymousWithoutSocket };
}
