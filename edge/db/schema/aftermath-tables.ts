/** What stays of broadcasts, and where else streams go. */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
} from "drizzle-orm/pg-core";
import type { RecordingReport } from "../../protocol/internal-aftermath.ts";
import type { RecordingStatus, UploadStatus } from "../../protocol/recordings.ts";
import type { RelayStatus } from "../../protocol/relays.ts";
import type { StreamSample } from "../../protocol/stream-health.ts";
import { instant } from "./column-kinds.ts";
import { sessions } from "./events-tables.ts";
import { mediaNodes, streams } from "./streams-tables.ts";

/** Each time a stream was live, from its first picture to its end. */
export const broadcasts = pgTable(
  "broadcasts",
  {
    id: text("id").primaryKey(),
    streamId: text("stream_id")
      .notNull()
      .references(() => streams.id, { onDelete: "cascade" }),
    /** As the stream was bound when it began. */
    sessionId: text("session_id").references(() => sessions.id, { onDelete: "set null" }),
    startedAt: instant("started_at").notNull(),
    endedAt: instant("ended_at"),
    reconnects: integer("reconnects").notNull().default(0),
    /** When the encoder's connection was lost, as ISO 8601: the first five hundred times. */
    losses: jsonb("losses").$type<string[]>().notNull().default([]),
    peakViewers: integer("peak_viewers").notNull().default(0),
  },
  (table) => [
    index("broadcasts_of_stream").on(table.streamId, table.startedAt),
    index("broadcasts_of_session").on(table.sessionId, table.startedAt),
  ],
);

export const recordings = pgTable(
  "recordings",
  {
    id: text("id").primaryKey(),
    streamId: text("stream_id")
      .notNull()
      .references(() => streams.id, { onDelete: "cascade" }),
    broadcastId: text("broadcast_id").notNull(),
    playbackId: text("playback_id").notNull(),
    /** The node whose disk has it. */
    mediaNodeId: text("media_node_id").references(() => mediaNodes.id, { onDelete: "set null" }),
    title: text("title").notNull(),
    status: text("status").$type<RecordingStatus>().notNull(),
    revision: bigint("revision", { mode: "number" }).notNull(),
    startedAt: instant("started_at").notNull(),
    endedAt: instant("ended_at"),
    durationSeconds: doublePrecision("duration_seconds").notNull().default(0),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull().default(0),
    progress: doublePrecision("progress"),
    files: jsonb("files").$type<RecordingReport["files"]>().notNull().default([]),
    poster: text("poster"),
    /** Pictures along it, as WebVTT. */
    thumbnails: text("thumbnails"),
    upload: text("upload").$type<UploadStatus>(),
    error: text("error"),
    /** Gone for everyone; its node is told to remove the files. */
    deletedAt: instant("deleted_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    unique("recordings_playback_id_unique").on(table.playbackId),
    check(
      "recordings_status_is_known",
      sql`${table.status} in ('recording', 'processing', 'ready', 'failed')`,
    ),
    check("recordings_progress", sql`${table.progress} between 0 and 1`),
    index("recordings_of_stream").on(table.streamId, table.startedAt, table.id),
  ],
);

export const relays = pgTable(
  "relays",
  {
    id: text("id").primaryKey(),
    streamId: text("stream_id")
      .notNull()
      .references(() => streams.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    url: text("url").notNull(),
    /** AES-256-GCM under a key derived from the deployment's secret, bound to this row's id. */
    sealedKey: text("sealed_key").notNull(),
    enabled: boolean("enabled").notNull().default(true),
    status: text("status").$type<RelayStatus>().notNull().default("idle"),
    error: text("error"),
    bitrateKbps: integer("bitrate_kbps"),
    attempts: integer("attempts").notNull().default(0),
    liveSince: instant("live_since"),
    /** When its node last said anything of it; an old status means idle. */
    reportedAt: instant("reported_at"),
    reportRevision: bigint("report_revision", { mode: "number" }).notNull().default(0),
    version: integer("version").notNull().default(1),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    check(
      "relays_status_is_known",
      sql`${table.status} in ('idle', 'connecting', 'live', 'retrying', 'failed')`,
    ),
    index("relays_of_stream").on(table.streamId, table.createdAt, table.id),
  ],
);

/** What a stream's node saw, every ten seconds while it ran. */
export const streamSamples = pgTable(
  "stream_samples",
  {
    streamId: text("stream_id")
      .notNull()
      .references(() => streams.id, { onDelete: "cascade" }),
    at: instant("at").notNull(),
    broadcastId: text("broadcast_id").notNull(),
    sample: jsonb("sample").$type<Omit<StreamSample, "at" | "viewers">>().notNull(),
    viewers: integer("viewers").notNull().default(0),
    /** How many looks it stands for: old ones are folded into one for some minutes. */
    weight: integer("weight").notNull().default(1),
    folded: boolean("folded").notNull().default(false),
  },
  (table) => [
    primaryKey({ name: "stream_samples_pkey", columns: [table.streamId, table.at] }),
    index("stream_samples_by_time").on(table.at),
    index("stream_samples_to_fold").on(table.at).where(sql`not ${table.folded}`),
  ],
);
