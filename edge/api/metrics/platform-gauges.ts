/** What the database knows of the platform as a whole, whichever process is asked. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { figures as figureWords } from "../../protocol/figures.ts";
import { heartbeatFreshSeconds } from "../health/check-health.ts";
import { viewersNow } from "../stream-health/viewers-now.ts";
import { renderGauge } from "./series.ts";

/** Ids are labels only of so many streams at once, so that an installation of thousands does not fill Prometheus. */
const mostStreams = 50;
const statuses = ["idle", "starting", "live", "reconnecting", "ended"];

/** A type, for the driver's rows: a fixed number of queries whose cost does not grow with the log. */
type Figures = {
  streams: Record<string, number>;
  viewers: number;
  watched: { id: string; session_id: string | null; viewers: number }[];
  nodes: number;
  capacity: number;
  promised: number;
  commands: number;
  mails: number;
  recordings: number;
};

/** Throws what the database throws. */
export async function renderPlatformGauges(db: Database, beatSeconds: number, now: Date): Promise<string> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const [figures] = await db.execute<Figures>(sql`
    with alive as (
      select capacity from media_nodes
      where heartbeat_at > ${at} - make_interval(secs => ${heartbeatFreshSeconds})
    ), watched as materialized (
      select id, session_id, ${viewersNow(now, beatSeconds)} as viewers from streams
      where status in ('live', 'reconnecting')
    )
    select
      (select coalesce(jsonb_object_agg(status, many), '{}') from
        (select status, count(*) as many from streams group by status) as counted) as streams,
      (select coalesce(sum(viewers), 0)::int from watched) as viewers,
      (select coalesce(jsonb_agg(top), '[]') from
        (select id, session_id, viewers from watched
         order by viewers desc, id limit ${mostStreams}) as top) as watched,
      (select count(*)::int from alive) as nodes,
      (select coalesce(sum((capacity->>'samplesPerSecond')::float8), 0) from alive) as capacity,
      (select coalesce(sum((capacity->>'promised')::float8), 0) from alive) as promised,
      (select count(*)::int from media_commands where acknowledged_at is null) as commands,
      (select count(*)::int from mails_due) as mails,
      (select count(*)::int from recordings where deleted_at is null) as recordings`);
  const { streams, viewers, watched, nodes, capacity, promised, commands, mails, recordings } = figures!;
  const alone = (name: string, help: string, value: number) => renderGauge(name, help, [[{}, value]]);
  return [
    renderGauge(
      "rostrum_streams",
      "Streams by status.",
      statuses.map((status) => [{ status }, streams[status] ?? 0] as const),
    ),
    alone("rostrum_viewers", `${figureWords.viewersNow} Summed over streams that are live.`, viewers),
    renderGauge(
      "rostrum_stream_viewers",
      `${figureWords.viewersNow} Of the ${mostStreams} live streams with the most of them.`,
      watched.map(
        ({ id, session_id, viewers: count }) => [{ stream: id, session: session_id ?? "" }, count] as const,
      ),
    ),
    alone("rostrum_media_nodes", "Media machines that were heard in the last seconds.", nodes),
    alone("rostrum_media_capacity_samples_per_second", "Luma samples that they can encode.", capacity),
    alone("rostrum_media_promised_samples_per_second", "Of these, promised to streams.", promised),
    alone("rostrum_media_commands_open", "Orders that no media machine has carried out.", commands),
    alone("rostrum_mails_waiting", "Mails that have not left.", mails),
    alone("rostrum_recordings", "Recordings that are there.", recordings),
  ].join("");
}
