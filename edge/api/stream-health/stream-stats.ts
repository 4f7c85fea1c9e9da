/** How a stream does now. */
import { desc, eq, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { streamSamples } from "../../db/schema/aftermath-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { StreamStats } from "../../protocol/stream-health.ts";
import type { StreamRow } from "../streams/stream-representation.ts";
import { isRunning } from "../streams/stream-status.ts";
import { viewersNow } from "./viewers-now.ts";

/** What an older sample says is not `now`. */
const freshMs = 60_000;

/** `thumbnailUrl` is that of a running stream; there may be no picture behind it yet. */
export async function readStats(
  db: Database,
  row: StreamRow,
  thumbnailUrl: string | null,
  beatSeconds: number,
  now: Date,
): Promise<StreamStats> {
  const [[counted], [newest]] = await Promise.all([
    db
      .select({ viewers: sql<number>`${viewersNow(now, beatSeconds)}` })
      .from(streams)
      .where(eq(streams.id, row.id)),
    db
      .select()
      .from(streamSamples)
      .where(eq(streamSamples.streamId, row.id))
      .orderBy(desc(streamSamples.at))
      .limit(1),
  ]);
  const viewers = counted?.viewers ?? 0;
  const isOn = isRunning(row.status);
  const hasPicture = row.status === "live" || row.status === "reconnecting";
  const isFresh = newest !== undefined && now.getTime() - newest.at.getTime() <= freshMs;
  return {
    streamId: row.id,
    status: row.status,
    uptimeSeconds:
      isOn && row.startedAt
        ? Math.max(0, Math.round((now.getTime() - row.startedAt.getTime()) / 1000))
        : null,
    source: row.source,
    now:
      isFresh && isOn && newest.broadcastId === row.broadcastId
        ? { at: newest.at.toISOString(), ...newest.sample, viewers: newest.viewers }
        : null,
    renditions: row.renditions ?? [],
    shed: row.shed,
    warnings: row.warnings,
    viewers,
    peakViewers: Math.max(row.peakViewers, viewers),
    thumbnailUrl: hasPicture ? thumbnailUrl : null,
  };
}
