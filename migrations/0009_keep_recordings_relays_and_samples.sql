-- What stays of a broadcast and where else it goes: broadcasts, recordings, relays, what their machines saw, and orders about them.
CREATE TABLE "broadcasts" (
	"id" text PRIMARY KEY NOT NULL,
	"stream_id" text NOT NULL,
	"session_id" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"reconnects" integer DEFAULT 0 NOT NULL,
	"peak_viewers" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recordings" (
	"id" text PRIMARY KEY NOT NULL,
	"stream_id" text NOT NULL,
	"broadcast_id" text NOT NULL,
	"playback_id" text NOT NULL,
	"media_node_id" text,
	"title" text NOT NULL,
	"status" text NOT NULL,
	"revision" bigint NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"duration_seconds" double precision DEFAULT 0 NOT NULL,
	"size_bytes" bigint DEFAULT 0 NOT NULL,
	"progress" double precision,
	"files" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"poster" text,
	"upload" text,
	"error" text,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "recordings_playback_id_unique" UNIQUE("playback_id"),
	CONSTRAINT "recordings_status_is_known" CHECK ("recordings"."status" in ('recording', 'processing', 'ready', 'failed')),
	CONSTRAINT "recordings_progress" CHECK ("recordings"."progress" between 0 and 1)
);
--> statement-breakpoint
CREATE TABLE "relays" (
	"id" text PRIMARY KEY NOT NULL,
	"stream_id" text NOT NULL,
	"name" text NOT NULL,
	"url" text NOT NULL,
	"sealed_key" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"status" text DEFAULT 'idle' NOT NULL,
	"error" text,
	"bitrate_kbps" integer,
	"attempts" integer DEFAULT 0 NOT NULL,
	"live_since" timestamp (3) with time zone,
	"reported_at" timestamp (3) with time zone,
	"report_revision" bigint DEFAULT 0 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "relays_status_is_known" CHECK ("relays"."status" in ('idle', 'connecting', 'live', 'retrying', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "stream_samples" (
	"stream_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"broadcast_id" text NOT NULL,
	"sample" jsonb NOT NULL,
	"viewers" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "stream_samples_pkey" PRIMARY KEY("stream_id","at")
);
--> statement-breakpoint
ALTER TABLE "media_commands" DROP CONSTRAINT "media_commands_kind_is_known";--> statement-breakpoint
ALTER TABLE "media_commands" ADD COLUMN "recording_id" text;--> statement-breakpoint
ALTER TABLE "media_nodes" ADD COLUMN "capacity" jsonb;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "shed" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "broadcasts" ADD CONSTRAINT "broadcasts_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "broadcasts" ADD CONSTRAINT "broadcasts_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recordings" ADD CONSTRAINT "recordings_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recordings" ADD CONSTRAINT "recordings_media_node_id_media_nodes_id_fk" FOREIGN KEY ("media_node_id") REFERENCES "public"."media_nodes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "relays" ADD CONSTRAINT "relays_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stream_samples" ADD CONSTRAINT "stream_samples_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "broadcasts_of_stream" ON "broadcasts" USING btree ("stream_id","started_at");--> statement-breakpoint
CREATE INDEX "recordings_of_stream" ON "recordings" USING btree ("stream_id","started_at","id");--> statement-breakpoint
CREATE INDEX "relays_of_stream" ON "relays" USING btree ("stream_id","created_at","id");--> statement-breakpoint
CREATE INDEX "stream_samples_by_time" ON "stream_samples" USING btree ("at");--> statement-breakpoint
ALTER TABLE "media_commands" ADD CONSTRAINT "media_commands_deletion_names_recording" CHECK (("media_commands"."kind" = 'delete-recording') = ("media_commands"."recording_id" is not null));--> statement-breakpoint
ALTER TABLE "media_commands" ADD CONSTRAINT "media_commands_kind_is_known" CHECK ("media_commands"."kind" in ('cut', 'end', 'revoke', 'relays', 'delete-recording'));