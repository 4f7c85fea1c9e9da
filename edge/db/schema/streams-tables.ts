import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
} from "drizzle-orm/pg-core";
import type { NodeCapacity } from "../../protocol/internal-aftermath.ts";
import type {
  LatencyMode,
  ShedRendition,
  StreamRendition,
  StreamSource,
  StreamStatus,
  StreamWarning,
} from "../../protocol/streams.ts";
import { instant } from "./column-kinds.ts";
import { sessions } from "./events-tables.ts";

/** A media machine, known by its heartbeat. */
export const mediaNodes = pgTable("media_nodes", {
  id: text("id").primaryKey(),
  hlsHost: text("hls_host").notNull(),
  rtmpHost: text("rtmp_host").notNull(),
  liveStreams: integer("live_streams").notNull().default(0),
  /** As it was measured there; null for nodes that do not say. */
  capacity: jsonb("capacity").$type<NodeCapacity>(),
  heartbeatAt: instant("heartbeat_at").notNull().defaultNow(),
  createdAt: instant("created_at").notNull().defaultNow(),
});

export const streams = pgTable(
  "streams",
  {
    id: text("id").primaryKey(),
    title: text("title").notNull(),
    sessionId: text("session_id").references(() => sessions.id, { onDelete: "set null" }),
    /** SHA-256 of the stream key in hex; the key itself is kept nowhere. */
    keyHash: text("key_hash").notNull(),
    playbackId: text("playback_id").notNull(),
    status: text("status").$type<StreamStatus>().notNull().default("idle"),
    latencyMode: text("latency_mode").$type<LatencyMode>().notNull().default("standard"),
    record: boolean("record").notNull().default(false),
    reconnectWindowSeconds: integer("reconnect_window_seconds").notNull().default(60),
    rewindSeconds: integer("rewind_seconds").notNull().default(120),
    /** Playback tokens of lower generations are refused: grown by one, it revokes them all. */
    playbackGeneration: integer("playback_generation").notNull().default(0),
    /** The node that holds the stream now or held it last. */
    mediaNodeId: text("media_node_id").references(() => mediaNodes.id, { onDelete: "set null" }),
    broadcastId: text("broadcast_id"),
    /** The highest revision of the node's reports that was taken; older ones are ignored. */
    reportRevision: bigint("report_revision", { mode: "number" }).notNull().default(0),
    source: jsonb("source").$type<StreamSource>(),
    renditions: jsonb("renditions").$type<StreamRendition[]>(),
    warnings: jsonb("warnings").$type<StreamWarning[]>().notNull().default([]),
    /** Renditions that are not made now, and why. */
    shed: jsonb("shed").$type<ShedRendition[]>().notNull().default([]),
    lastError: text("last_error"),
    startedAt: instant("started_at"),
    endedAt: instant("ended_at"),
    viewers: integer("viewers").notNull().default(0),
    /** When `viewers` was last reported; an old figure counts as zero. */
    viewersAt: instant("viewers_at"),
    peakViewers: integer("peak_viewers").notNull().default(0),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
    /** Grown by a trigger with each edit; what a media node reports is none. */
    version: integer("version").notNull().default(1),
  },
  (table) => [
    unique("streams_session_has_stream").on(table.sessionId),
    unique("streams_key_hash_unique").on(table.keyHash),
    unique("streams_playback_id_unique").on(table.playbackId),
    check("streams_key_is_hashed", sql`${table.keyHash} ~ '^[0-9a-f]{64}$'`),
    check(
      "streams_status_is_known",
      sql`${table.status} in ('idle', 'starting', 'live', 'reconnecting', 'ended')`,
    ),
    check("streams_latency_mode_is_known", sql`${table.latencyMode} in ('standard', 'low')`),
    check("streams_reconnect_window", sql`${table.reconnectWindowSeconds} between 0 and 1800`),
    check("streams_rewind", sql`${table.rewindSeconds} between 0 and 86400`),
    check("streams_viewers", sql`${table.viewers} >= 0 and ${table.peakViewers} >= 0`),
    index("streams_by_creation").on(table.createdAt, table.id),
    index("streams_of_node").on(table.mediaNodeId),
  ],
);

/** Orders for media nodes, fetched by them and acknowledged by id. Stand alone: an order outlives its stream. */
export const mediaCommands = pgTable(
  "media_commands",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    nodeId: text("node_id").notNull(),
    kind: text("kind").$type<"cut" | "end" | "revoke" | "relays" | "delete-recording">().notNull(),
    streamId: text("stream_id").notNull(),
    playbackId: text("playback_id").notNull(),
    /** Of a revocation: the lowest generation of tokens that is still good. */
    playbackGeneration: integer("playback_generation"),
    /** Of `delete-recording`. */
    recordingId: text("recording_id"),
    createdAt: instant("created_at").notNull().defaultNow(),
    acknowledgedAt: instant("acknowledged_at"),
  },
  (table) => [
    check(
      "media_commands_kind_is_known",
      sql`${table.kind} in ('cut', 'end', 'revoke', 'relays', 'delete-recording')`,
    ),
    check(
      "media_commands_revocation_has_generation",
      sql`(${table.kind} = 'revoke') = (${table.playbackGeneration} is not null)`,
    ),
    check(
      "media_commands_deletion_names_recording",
      sql`(${table.kind} = 'delete-recording') = (${table.recordingId} is not null)`,
    ),
    index("media_commands_open").on(table.nodeId, table.id).where(sql`${table.acknowledgedAt} is null`),
  ],
);

/** Who fetched a stream's playlists, and when last; told by media nodes every few seconds. */
export const streamViewers = pgTable(
  "stream_viewers",
  {
    streamId: text("stream_id")
      .notNull()
      .references(() => streams.id, { onDelete: "cascade" }),
    /** A user's id, an anonymous viewer's, or a mark of an address that fetches without a token. */
    viewerId: text("viewer_id").notNull(),
    seenAt: instant("seen_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.streamId, table.viewerId] }),
    index("stream_viewers_by_time").on(table.seenAt),
  ],
);
