import { and, asc, eq, gt, inArray, isNull } from "drizzle-orm";
import type * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { mediaCommands, mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import type {
  HeartbeatRequest,
  MediaCommands,
  MediaStream,
  ResolveKeyResponse,
} from "../../protocol/internal-media.ts";
import { streamColumns } from "../streams/stream-columns.ts";
import { hashStreamKey, looksLikeStreamKey } from "../streams/stream-key.ts";
import { toMediaStream } from "./media-stream.ts";

/** A node fetches again at once when it got this many. */
const commandsAtOnce = 200;

/** A node may ask before its first heartbeat; its hosts are not known then. */
export async function ensureNode(db: Database, nodeId: string): Promise<void> {
  await db.insert(mediaNodes).values({ id: nodeId, hlsHost: "", rtmpHost: "" }).onConflictDoNothing();
}

export async function recordHeartbeat(
  db: Database,
  { nodeId, hlsHost, rtmpHost, liveStreams, capacity }: v.InferOutput<typeof HeartbeatRequest>,
  now: Date,
): Promise<void> {
  const said = { hlsHost, rtmpHost, liveStreams, capacity: capacity ?? null, heartbeatAt: now };
  await db
    .insert(mediaNodes)
    .values({ id: nodeId, ...said })
    .onConflictDoUpdate({ target: mediaNodes.id, set: said });
}

/** What the edge believes runs on this node. */
export async function streamsOfNode(db: Database, nodeId: string): Promise<MediaStream[]> {
  const rows = await db
    .select({ row: streamColumns, status: events.status, visibility: events.visibility })
    .from(streams)
    .leftJoin(sessions, eq(sessions.id, streams.sessionId))
    .leftJoin(events, eq(events.id, sessions.eventId))
    .where(
      and(eq(streams.mediaNodeId, nodeId), inArray(streams.status, ["starting", "live", "reconnecting"])),
    )
    .orderBy(asc(streams.id));
  return rows.map(({ row, status, visibility }) =>
    toMediaStream(row, status !== null && visibility !== null ? { status, visibility } : null),
  );
}

/** What plays behind a key, or null. */
export async function playbackOfKey(
  db: Database,
  streamKey: string,
): Promise<v.InferOutput<typeof ResolveKeyResponse> | null> {
  if (!looksLikeStreamKey(streamKey)) return null;
  const [row] = await db
    .select({ playbackId: streams.playbackId, playbackGeneration: streams.playbackGeneration })
    .from(streams)
    .where(eq(streams.keyHash, await hashStreamKey(streamKey)));
  return row ?? null;
}

/** Orders behind `after` that the node has not acknowledged, oldest first. */
export async function openCommands(
  db: Database,
  nodeId: string,
  after: number,
): Promise<v.InferOutput<typeof MediaCommands>["commands"]> {
  const { id, kind, streamId, playbackId, playbackGeneration, recordingId } = mediaCommands;
  return db
    .select({ id, kind, streamId, playbackId, playbackGeneration, recordingId })
    .from(mediaCommands)
    .where(
      and(
        eq(mediaCommands.nodeId, nodeId),
        gt(mediaCommands.id, after),
        isNull(mediaCommands.acknowledgedAt),
      ),
    )
    .orderBy(asc(id))
    .limit(commandsAtOnce);
}

/** Ids of other nodes and unknown ones are passed over. */
export async function acknowledgeCommands(
  db: Database,
  nodeId: string,
  ids: number[],
  now: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(mediaCommands)
    .set({ acknowledgedAt: now })
    .where(
      and(
        eq(mediaCommands.nodeId, nodeId),
        inArray(mediaCommands.id, ids),
        isNull(mediaCommands.acknowledgedAt),
      ),
    );
}
