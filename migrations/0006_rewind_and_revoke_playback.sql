-- Streams keep a window to rewind in, playback can be revoked by generation, and media nodes tell who watches.
CREATE TABLE "stream_viewers" (
	"stream_id" text NOT NULL,
	"viewer_id" text NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "stream_viewers_stream_id_viewer_id_pk" PRIMARY KEY("stream_id","viewer_id")
);
--> statement-breakpoint
ALTER TABLE "media_commands" DROP CONSTRAINT "media_commands_kind_is_known";--> statement-breakpoint
ALTER TABLE "media_commands" ADD COLUMN "playback_generation" integer;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "rewind_seconds" integer DEFAULT 120 NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "playback_generation" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "stream_viewers" ADD CONSTRAINT "stream_viewers_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "stream_viewers_by_time" ON "stream_viewers" USING btree ("seen_at");--> statement-breakpoint
ALTER TABLE "media_commands" ADD CONSTRAINT "media_commands_revocation_has_generation" CHECK (("media_commands"."kind" = 'revoke') = ("media_commands"."playback_generation" is not null));--> statement-breakpoint
ALTER TABLE "media_commands" ADD CONSTRAINT "media_commands_kind_is_known" CHECK ("media_commands"."kind" in ('cut', 'end', 'revoke'));--> statement-breakpoint
ALTER TABLE "streams" ADD CONSTRAINT "streams_rewind" CHECK ("streams"."rewind_seconds" between 0 and 86400);--> statement-breakpoint
DROP TRIGGER "streams_grow_version" ON "streams";--> statement-breakpoint
CREATE TRIGGER "streams_grow_version" BEFORE UPDATE OF "title", "session_id", "latency_mode", "record", "reconnect_window_seconds", "rewind_seconds" ON "streams"
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "grow_version"();
