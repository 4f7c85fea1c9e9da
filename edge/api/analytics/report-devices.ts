/** What viewers watched with. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { EventAnalytics } from "../../protocol/analytics.ts";
import { among } from "./roll-up-log.ts";

/** The most used first; who came with two kinds counts in both. */
export async function readDevices(
  db: Database,
  sessionIds: readonly string[],
): Promise<Pick<EventAnalytics, "devices" | "browsers">> {
  const rows = await db.execute<{ device: string | null; browser: string | null; viewers: number }>(sql`
    with used as (
      select distinct viewer_id, device, browser from plays where session_id ${among(sessionIds)}
    )
    select device, browser, count(distinct viewer_id)::int as viewers
    from used group by grouping sets ((device), (browser)) order by 3 desc, 1, 2`);
  return {
    devices: rows.flatMap(({ device, viewers }) => (device === null ? [] : [{ device, viewers }])),
    browsers: rows.flatMap(({ browser, viewers }) => (browser === null ? [] : [{ browser, viewers }])),
  };
}
