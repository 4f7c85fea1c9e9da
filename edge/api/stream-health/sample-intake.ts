/** What media nodes saw of their streams, taken into the database. */
import { sql } from "drizzle-orm";
import type * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import type { SamplesRequest } from "../../protocol/internal-aftermath.ts";
import { redact } from "../../protocol/log.ts";
import { viewersNow } from "./viewers-now.ts";

/** A node that was cut off keeps an hour; what is older than this is of no clock that we know. */
const oldestMs = 24 * 3_600_000;
/** Clocks of two machines differ. */
const aheadMs = 300_000;
/** How many watch is known of the present alone. */
const freshMs = 60_000;

type Told = v.InferOutput<typeof SamplesRequest>["streams"][number];

/**
 * Keeps a sample of one stream and instant once, however often it is sent. Streams that this node does not hold are
 * passed over, and so are samples that are older than a day or lie in the future.
 */
export async function takeSamples(
  db: Database,
  { nodeId, streams }: v.InferOutput<typeof SamplesRequest>,
  beatSeconds: number,
  now: Date,
): Promise<void> {
  for (const told of streams) await db.transaction((tx) => takeStream(tx, nodeId, told, beatSeconds, now));
}

async function takeStream(
  tx: Database,
  nodeId: string,
  told: Told,
  beatSeconds: number,
  now: Date,
): Promise<void> {
  const { streamId, broadcastId, reconnects = 0 } = told;
  const [held] = await tx.execute<{
    is_current: boolean;
    is_returning: boolean;
    viewers: number;
    peak_viewers: number;
  }>(sql`
    select streams.broadcast_id is not distinct from ${broadcastId} as is_current,
           streams.status = 'reconnecting' as is_returning, streams.peak_viewers,
           ${viewersNow(now, beatSeconds)} as viewers
    from streams where id = ${streamId} and media_node_id = ${nodeId} for no key update`);
  if (held === undefined) return;
  const samples = knownSamples(told, now, held.is_current ? held.viewers : 0);
  const newest = samples.reduce((latest, { at }) => (at > latest ? at : latest), "");
  if (held.is_current && newest !== "") {
    const shed = told.shed.map(({ name, reason }) => ({ name, reason: redact(reason) }));
    await tx.execute(sql`
      update streams set shed = ${JSON.stringify(shed)}::jsonb
      where id = ${streamId} and not exists (
        select 1 from stream_samples where stream_id = ${streamId} and at > ${newest}::timestamptz
      )`);
  }
  await tx.execute(sql`
    insert into stream_samples (stream_id, at, broadcast_id, sample, viewers)
    select ${streamId}, told.at, ${broadcastId}, told.sample, told.viewers
    from jsonb_to_recordset(${JSON.stringify(samples)}::jsonb) as told(at timestamptz, sample jsonb, viewers int)
    on conflict do nothing`);
  const most = samples.reduce((peak, { viewers }) => Math.max(peak, viewers), 0);
  // Where nobody is in the session's room, no room says how many there were.
  if (held.is_current && held.viewers > held.peak_viewers) {
    await tx.execute(sql`update streams set peak_viewers = ${held.viewers} where id = ${streamId}`);
  }
  // A return that the node has counted, and that is counted here when its picture is told of, must not be so twice.
  const known = held.is_current && held.is_returning ? 0 : reconnects;
  await tx.execute(sql`
    update broadcasts
    set peak_viewers = greatest(peak_viewers, ${most}::int), reconnects = greatest(reconnects, ${known}::int)
    where id = ${broadcastId} and stream_id = ${streamId}`);
}

/** Those whose instant is one, and near; with how many watched as well as it is known. */
function knownSamples({ samples }: Told, now: Date, viewersKnown: number) {
  return samples.flatMap(({ at: text, viewers: told, ...sample }) => {
    const at = new Date(text);
    const ageMs = now.getTime() - at.getTime();
    if (!(ageMs <= oldestMs && ageMs >= -aheadMs)) return [];
    const viewers = Math.max(told, ageMs <= freshMs ? viewersKnown : 0);
    return [{ at: at.toISOString(), sample, viewers: Math.min(Math.round(viewers), 2 ** 31 - 1) }];
  });
}
